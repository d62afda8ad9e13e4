//! Hands the fuzzer's bytes to [`tutti_fuzz::inflated_message`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tutti_fuzz::inflated_message(data));
