//! Names on the command line: read, written and read again, in every script; and mistyped ones.

use crate::desk::Desk;
use dfm_explorer::cli::grid::Quantity;
use dfm_explorer::cli::shot::ShotSize;
use dfm_explorer::experiment::grid::DenoiserSpec;

#[test]
fn names_round_trip() {
    for name in ["oracle", "noisy:0", "noisy:0.25", "noisy:1", "a/b.safetensors"] {
        assert_eq!(name.parse::<DenoiserSpec>().map(|s| s.to_string()), Ok(name.to_owned()));
    }
    for bad in
        ["", "Oracle", "noisy", "noisy:", "noisy:-0.1", "noisy:1.1", "noisy:nan", "net.npy", "safetensors"]
    {
        let error = bad.parse::<DenoiserSpec>().expect_err(bad).to_string();
        assert!(error.contains("oracle, noisy:EPS") && error.contains(bad), "{error}");
    }
    for name in
        ["pmf", "dpdt", "divergence", "divergence-1", "divergence-2", "current-1", "current-2", "traffic"]
    {
        assert_eq!(name.parse::<Quantity>().map(|q| q.to_string()), Ok(name.to_owned()));
    }
    for name in ["posterior:1,3,4", "noise-posterior:2,0,64"] {
        assert_eq!(name.parse::<Quantity>().map(|q| q.to_string()), Ok(name.to_owned()));
    }
    for bad in ["", "PMF", "divergence-3", "posterior", "posterior:", "posterior:0,1,1", "posterior:3,1,1"] {
        assert!(bad.parse::<Quantity>().is_err(), "{bad}");
    }
    for bad in ["posterior:1,1", "posterior:1,-1,0", "posterior:1,1,1,1", "noise-posterior:1,a,b"] {
        assert!(bad.parse::<Quantity>().is_err(), "{bad}");
    }
    assert_eq!("1280x800".parse(), Ok(ShotSize { width: 1280, height: 800 }));
    assert!("640x360".parse::<ShotSize>().is_ok() && "7680x4320".parse::<ShotSize>().is_ok());
    for bad in ["", "1280", "x", "639x360", "640x359", "7681x800", "1280x4321", "-1280x800", "1280×800"] {
        assert!(bad.parse::<ShotSize>().is_err(), "{bad}");
    }
}

#[test]
fn a_mistyped_command_is_named() {
    let desk = Desk::new();
    for words in ["epxort", "epxort --view mass", "trian grid"] {
        let word = words.split(' ').next().unwrap_or_default();
        desk.refuse(2, words, &[word, "there is no such command and no such file"]);
    }
}
