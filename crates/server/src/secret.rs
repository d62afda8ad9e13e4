//! The generated secret of a development server: kept in the data directory, readable by its owner only.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context, Result};
use rand::TryRngCore as _;

/// The file in the data directory.
const FILE: &str = "dev-secret";

/// The secret that a development server generated here, if there is one.
///
/// # Errors
/// A file that cannot be read.
pub fn existing(data_dir: &Path) -> Result<Option<String>> {
    let path = data_dir.join(FILE);
    match std::fs::read_to_string(&path) {
        Ok(secret) => Ok(Some(secret.trim().to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// The secret of this data directory, generated on the first call.
///
/// # Errors
/// A directory that cannot be written.
pub fn generated(data_dir: &Path) -> Result<String> {
    if let Some(secret) = existing(data_dir)? {
        return Ok(secret);
    }
    let mut bytes = [0; 32];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).context("the system gives no random bytes")?;
    let secret: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let path = data_dir.join(FILE);
    std::fs::create_dir_all(data_dir).with_context(|| format!("{} cannot be made", data_dir.display()))?;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    writeln!(file, "{secret}").with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_once_and_only_for_its_owner() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(existing(dir.path()).unwrap(), None);
        let secret = generated(dir.path()).unwrap();
        assert_eq!(secret.len(), 64);
        assert_eq!(generated(dir.path()).unwrap(), secret);
        let mode = std::fs::metadata(dir.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
