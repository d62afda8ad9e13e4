//! Hands the fuzzer's bytes to [`tutti_fuzz::json_frame`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tutti_fuzz::json_frame(data));
