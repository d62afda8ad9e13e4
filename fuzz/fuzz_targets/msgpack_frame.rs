//! Hands the fuzzer's bytes to [`tutti_fuzz::msgpack_frame`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tutti_fuzz::msgpack_frame(data));
