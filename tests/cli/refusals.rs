//! Values and files that mean nothing are refused, and the message names them.

use crate::desk::Desk;
use crate::numbers::{Fields, close, floats, npy};
use ndarray::ArrayD;

#[test]
fn bad_target_and_source_files_are_refused() {
    let desk = Desk::new();
    let pmf = |values: [f64; 4]| npy("'<f8'", "(2, 2)", &floats(&values));
    desk.write("good.npy", pmf([0.1, 0.2, 0.3, 0.4]));
    desk.write("negative.npy", pmf([0.5, -0.1, 0.3, 0.3]));
    desk.write("nan.npy", pmf([0.5, f64::NAN, 0.3, 0.2]));
    desk.write("infinite.npy", pmf([0.5, f64::INFINITY, 0.3, 0.2]));
    desk.write("zero.npy", pmf([0.0; 4]));
    desk.write("empty.npy", npy("'<f8'", "(0, 0)", &[]));
    desk.write("complex.npy", npy("'<c16'", "(2, 2)", &floats(&[0.0; 8])));
    desk.write("pickled.npy", npy("'|O'", "(2, 2)", b"\x80\x04]\x94."));
    desk.write("oblong.npy", npy("'<f8'", "(2, 3)", &floats(&[1.0; 6])));
    desk.write("huge.npy", npy("'<f8'", "(257, 257)", &floats(&vec![1.0; 257 * 257])));
    desk.write("claims.npy", npy("'<f8'", "(99999999, 99999999)", &floats(&[1.0; 4])));
    desk.write("truncated.npy", &pmf([0.25; 4])[..140]);
    desk.write("nothing.npy", []);
    desk.write("negative.csv", "1,2\n-3,4\n");
    desk.write("word.csv", "1,2\nx,4\n");
    desk.write("ragged.csv", "1,2\n3\n");
    desk.write("nothing.csv", "");
    desk.write("broken.png", b"\x89PNG\r\n\x1a\n???");
    let oversized = std::fs::File::create(desk.0.path().join("oversized.npy")).expect("a file");
    oversized.set_len(1 << 34).expect("a sparse file");
    let files = [
        ("negative.npy", "negative"),
        ("nan.npy", "NaN"),
        ("infinite.npy", "infinite"),
        ("zero.npy", "zero"),
        ("empty.npy", "empty"),
        ("complex.npy", "complex"),
        ("pickled.npy", "pickle"),
        ("oblong.npy", "square"),
        ("huge.npy", "257"),
        ("claims.npy", "99999999"),
        ("truncated.npy", "truncated"),
        ("nothing.npy", "nothing.npy"),
        ("oversized.npy", "MiB"),
        ("negative.csv", "negative"),
        ("word.csv", "x"),
        ("ragged.csv", "row"),
        ("nothing.csv", "nothing.csv"),
        ("missing.npy", "No such file"),
        ("missing.csv", "No such file"),
    ];
    let tail = "--t 0.5 --quantity pmf --out out.npy";
    for (file, word) in files {
        desk.refuse(2, &format!("field --target {file} {tail}"), &[file, word]);
        desk.refuse(2, &format!("field --k 2 --source {file} {tail}"), &[file, word]);
    }
    desk.refuse(2, &format!("field --target broken.png {tail}"), &["broken.png"]);
    desk.refuse(2, &format!("field --target good.npy --k 3 {tail}"), &["good.npy", "2×2", "K = 3"]);
    desk.refuse(2, &format!("field --source good.npy --k 3 {tail}"), &["good.npy", "2×2", "K = 3"]);
    desk.refuse(2, &format!("field --target good.npy --invert {tail}"), &["--invert", "good.npy"]);
    // Every other command reads its flow the same way.
    desk.refuse(
        2,
        "sample grid --target nan.npy --denoiser oracle --method exact --steps 2 --push --out o.npy",
        &["nan.npy"],
    );
    desk.refuse(2, "train grid --target nan.npy --steps 1 --out o.safetensors", &["nan.npy"]);
    let p = desk.table("--target good.npy", 1.0, "pmf");
    close(&p, &ndarray::arr2(&[[0.1, 0.2], [0.3, 0.4]]), 1e-15, "axis 0 = token 1");
}

#[test]
fn values_out_of_range_are_refused() {
    let desk = Desk::new();
    let field = |flags: &str| format!("field {flags} --quantity pmf --out out.npy");
    for (flags, words) in [
        ("--t 0.5 --k 1", &["--k", "2 to 256"][..]),
        ("--t 0.5 --k 257", &["--k", "2 to 256"]),
        ("--t 0.5 --k -3", &["--k", "2 to 256"]),
        ("--t 0.5 --k many", &["--k", "many"]),
        ("--t -0.1", &["--t", "-0.1", "0 to 1"]),
        ("--t 1.1", &["--t", "1.1"]),
        ("--t nan", &["--t", "nan"]),
        ("--t 0.5 --target nowhere", &["--target", "nowhere", "checkerboard"]),
        ("--t 0.5 --target text:", &["--target"]),
        ("--t 0.5 --source noise", &["--source", "noise", "uniform"]),
        ("--t 0.5 --coupling keep:1.5", &["--coupling", "1.5", "0 to 1"]),
        ("--t 0.5 --coupling keep:-0.1", &["--coupling", "-0.1"]),
        ("--t 0.5 --coupling ot:1.5", &["--coupling", "1.5"]),
        ("--t 0.5 --coupling ot:nan", &["--coupling"]),
        ("--t 0.5 --coupling ot:0.1 --source mask", &["ot", "mask"]),
        ("--t 0.5 --scheduler hermite:3.5,0", &["--scheduler", "3.5", "0 to 3"]),
        ("--t 0.5 --scheduler hermite:0,-1", &["--scheduler", "-1"]),
        ("--t 0.5 --scheduler hermite:1", &["--scheduler"]),
        ("--t 0.5 --scheduler power:0", &["--scheduler", "above 0"]),
        ("--t 0.5 --scheduler power:-2", &["--scheduler", "-2"]),
        ("--t 0.5 --scheduler power:inf", &["--scheduler"]),
        ("--t 0.5 --scheduler fast", &["--scheduler", "fast", "linear"]),
        ("--t 0.5 --invert", &["--invert", ".png"]),
        ("--t 0.5 --seed -1", &["--seed"]),
        ("--t 0.5 --device tpu", &["--device", "tpu", "auto, cpu or gpu"]),
        ("--t 0.5 --device gpu:-1", &["--device", "gpu:-1", "doctor"]),
        ("--t 0.5 --nonsense", &["--nonsense"]),
        ("", &["--t"]),
    ] {
        desk.refuse(2, &field(flags), words);
    }
    let field = |quantity: &str| format!("field --k 4 --t 0.5 --quantity {quantity} --out out.npy");
    desk.refuse(2, &field("heat"), &["--quantity", "heat", "divergence"]);
    desk.refuse(2, &field("posterior:3,0,0"), &["--quantity"]);
    desk.refuse(2, &field("posterior:1,4,0"), &["posterior:1,4,0", "Z1 = 4", "0 to 3"]);
    desk.refuse(2, &field("noise-posterior:2,0,9"), &["Z2 = 9", "0 to 3"]);
    for quantity in ["dpdt", "divergence", "divergence-2", "current-1", "traffic"] {
        let flags = format!("field --k 4 --t 0 --scheduler power:0.5 --quantity {quantity} --out out.npy");
        desk.refuse(2, &flags, &["--t 0", "power:0.5", "infinite"]);
    }
    desk.table("--k 4 --scheduler power:0.5", 0.0, "pmf");

    let flags = "sample grid --k 80 --out out.npy --denoiser oracle --method trapezoidal --steps 2 --push";
    desk.refuse(2, flags, &["V = 80", "particles"]);

    let sample = "sample grid --k 4 --out out.npy";
    for (flags, words) in [
        ("--denoiser oracle --method exact --steps 0 --push", &["--steps", "1 to 100000"][..]),
        ("--denoiser oracle --method exact --steps 100001 --push", &["--steps", "1 to 100000"]),
        ("--denoiser oracle --method exact --steps 2 --particles 0", &["--particles", "1 to 10000000"]),
        ("--denoiser oracle --method exact --steps 2 --particles 10000001", &["--particles"]),
        ("--denoiser oracle --method exact --steps 2", &["--particles", "--push"]),
        ("--denoiser oracle --method exact --steps 2 --push --particles 5", &["--particles", "--push"]),
        ("--denoiser noisy:1.5 --method exact --steps 2 --push", &["--denoiser", "noisy:1.5", "0 to 1"]),
        ("--denoiser noisy:-1 --method exact --steps 2 --push", &["--denoiser", "noisy:-1"]),
        ("--denoiser psychic --method exact --steps 2 --push", &["--denoiser", "psychic", "oracle"]),
        ("--denoiser no.safetensors --method exact --steps 2 --push", &["--denoiser", "no.safetensors"]),
        (
            "--denoiser oracle --method ctmc --steps 2 --push --corrector 1,1,1",
            &["--method ctmc", "--corrector"],
        ),
        ("--denoiser oracle --method maskgit --steps 2 --push", &["maskgit", "mask source"]),
        ("--denoiser oracle --method exact --steps 2 --push --sweeps -1", &["--sweeps", "0 to 1000"]),
        ("--denoiser oracle --method exact --steps 2 --push --sweeps 2,serial", &["--sweeps", "parallel"]),
        ("--denoiser oracle --method ctmc --steps 2 --push --sweeps 2", &["--method ctmc", "--sweeps"]),
        ("--denoiser oracle --method ctmc --steps 2 --push --time-grid kappa", &["ctmc", "--time-grid"]),
        (
            "--denoiser oracle --method euler --steps 2 --push --corrector 1,1,1 --corrector-by velocity",
            &["--corrector-by", "exact"],
        ),
        (
            "--denoiser oracle --coupling ot:0.5 --method exact --steps 2 --push --corrector 1,1,1 --corrector-by overshoot",
            &["--corrector-by overshoot", "transport"],
        ),
        (
            "--denoiser oracle --method exact --steps 2 --push --corrector 1,1,1 --corrector-by magic",
            &["--corrector-by", "magic", "overshoot"],
        ),
        (
            "--denoiser oracle --path metric:2,3,1 --method exact --steps 2 --push --corrector 1,1,1",
            &["corrector", "metric:2,3,1"],
        ),
        ("--denoiser oracle --path metric:2,3,1 --method ctmc --steps 2 --push", &["ctmc", "metric:2,3,1"]),
        (
            "--denoiser oracle --path metric:2,3,1 --source mask --method exact --steps 2 --push",
            &["metric:2,3,1", "uniform source"],
        ),
        (
            "--denoiser oracle --path three-way:0.5 --coupling keep:0.1 --method exact --steps 2 --push",
            &["three-way:0.5", "independent coupling"],
        ),
        ("--denoiser oracle --path three-way:2 --method exact --steps 2 --push", &["--path", "0 to 1"]),
        (
            "--denoiser oracle --path zigzag --method exact --steps 2 --push",
            &["--path", "zigzag", "three-way:C"],
        ),
        (
            "--denoiser oracle --scheduler kinetic:1 --method exact --steps 2 --push",
            &["--scheduler", "0.999"],
        ),
        (
            "--denoiser oracle --method ctmc --steps 2 --push --choice-temperature 1",
            &["--choice-temperature", "maskgit"],
        ),
        ("--denoiser oracle --method magic --steps 2 --push", &["--method", "magic", "exponential"]),
        ("--denoiser oracle --method exact --steps 2 --push --temperature 0", &["--temperature", "above 0"]),
        (
            "--denoiser oracle --method exact --steps 2 --push --temperature 4.1",
            &["--temperature", "at most 4"],
        ),
        ("--denoiser oracle --method exact --steps 2 --push --corrector -1,0,0", &["--corrector", "-1"]),
        ("--denoiser oracle --method exact --steps 2 --push --corrector 1,-2,0", &["--corrector", "-2"]),
        ("--denoiser oracle --method exact --steps 2 --push --corrector 1,2", &["--corrector", "1,2"]),
        (
            "--denoiser oracle --method exact --steps 2 --push --time-grid s",
            &["--time-grid", "t, kappa or geometric"],
        ),
    ] {
        desk.refuse(2, &format!("{sample} {flags}"), words);
    }
    let train = "train grid --k 4 --out out.safetensors";
    for (flags, words) in [
        ("--steps 0", &["--steps"][..]),
        ("--seconds 0", &["--seconds"]),
        ("--seconds -1", &["--seconds"]),
        ("--steps 1 --seconds 1", &["--steps", "--seconds"]),
        ("--steps 1 --batch 0", &["--batch", "1 to 65536"]),
        ("--steps 1 --hidden 1025", &["--hidden", "1 to 1024"]),
        ("--steps 1 --lr 0", &["--lr"]),
        ("--steps 1 --lr 1.5", &["--lr", "at most 1"]),
        ("--steps 1 --loss mse", &["--loss", "ce or gkl"]),
        ("--steps 1 --resume no.safetensors", &["--resume", "no.safetensors"]),
    ] {
        desk.refuse(2, &format!("{train} {flags}"), words);
    }
    for size in ["100x100", "1280", "8000x800", "1280x5000"] {
        desk.refuse(2, &format!("shot --size {size} --theme dark --out out.png"), &["--size", size]);
    }
    desk.refuse(2, "shot --size 1280x800 --theme pink --out out.png", &["--theme", "pink"]);
    desk.refuse(2, "fly", &["fly"]);
}

#[test]
fn the_ends_of_ranges_are_allowed() {
    let desk = Desk::new();
    for flags in [
        "--k 2 --t 0",
        "--k 256 --t 1",
        "--t 1e-300",
        "--k 4 --t 0.5 --scheduler hermite:0,3 --coupling keep:1",
    ] {
        desk.succeed(&format!("field {flags} --quantity pmf --out p.npy"));
        let p: ArrayD<f64> = desk.read("p.npy");
        assert!((p.sum() - 1.0).abs() < 1e-12, "{flags}");
    }
    for flags in ["--steps 1 --particles 1 --temperature 4", "--steps 2 --particles 3 --corrector 0,0,0"] {
        desk.json(&format!("sample grid --k 2 --denoiser noisy:1 --method adaptive {flags} --out o.npy"));
    }
}
