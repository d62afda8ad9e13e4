//! Tells cargo that the binary embeds the built console, so that a new build of it is taken in.

fn main() {
    println!("cargo:rerun-if-changed=../../console/dist");
}
