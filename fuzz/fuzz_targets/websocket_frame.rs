//! Hands the fuzzer's bytes to [`tutti_fuzz::websocket_frame`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tutti_fuzz::websocket_frame(data));
