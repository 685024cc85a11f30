//! The fuzzer: libFuzzer's inputs go to the reader that the environment's `FUZZ_TARGET` names.
#![no_main]

mod readers;

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static READER: LazyLock<readers::Reader> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a reader");
    readers::READERS.into_iter().find(|(known, _)| *known == name).expect("a known reader").1
});

fuzz_target!(|bytes: &[u8]| {
    READER(bytes);
});
