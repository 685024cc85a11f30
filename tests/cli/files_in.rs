//! Files as other tools write them, from outside: what is read, what is refused, and the words it is refused with.

use crate::desk::{Desk, stderr};
use ndarray::{Array2, array};

/// The target that a file gives: the exact mass at the end of the way to it.
fn target(desk: &Desk, file: &str) -> Array2<f64> {
    let mut command = desk.command("field --t 1 --quantity pmf --out field.npy --quiet");
    let output = command.arg(format!("--target={file}")).output().expect("the program starts");
    assert!(output.status.success(), "{file}: {}", stderr(&output));
    desk.read("field.npy").into_dimensionality().expect("a table")
}

fn close(found: &Array2<f64>, expected: &Array2<f64>, what: &str) {
    let expected = expected / expected.sum();
    assert_eq!(found.dim(), expected.dim(), "{what}");
    let worst = (found - &expected).iter().fold(0.0_f64, |most, d| most.max(d.abs()));
    assert!(worst < 1e-12, "{what}: {worst:e}");
}

#[test]
fn tables_of_pandas_and_spreadsheets_are_read() {
    let desk = Desk::new();
    let three = array![[0.5, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.25]];
    for (name, text) in [
        ("pandas.csv", ",0,1,2\n0,0.5,1.0,2.0\n1,3.0,4.0,5.0\n2,6.0,7.0,8.25\n"),
        ("titles.csv", "0,1,2\n0.5,1.0,2.0\n3.0,4.0,5.0\n6.0,7.0,8.25\n"),
        ("names.csv", "a,b,c\n0.5,1.0,2.0\n3.0,4.0,5.0\n6.0,7.0,8.25\n"),
        ("index.csv", "0,0.5,1.0,2.0\n1,3.0,4.0,5.0\n2,6.0,7.0,8.25\n"),
        ("trailing.csv", "0.5;1;2;\n3;4;5;\n6;7;8.25;\n"),
        ("sep.csv", "sep=;\n0,5;1;2\n3;4;5\n6;7;8,25\n"),
    ] {
        desk.write(name, text);
        close(&target(&desk, name), &three, name);
    }
    for (name, text, words) in [
        ("counts.csv", "0,1\n1,2\n3,4\n", ["counts.csv is 3×2", "title row"]),
        ("rows.csv", "0,1,2\n1,3,4\n", ["rows.csv is 2×3", "index"]),
        ("cut.csv", "1,2\n3\n", ["cut.csv is ragged", "row 2"]),
        ("separator.csv", "sep=xy\n1,2\n3,4\n", ["separator.csv", "separator"]),
        (
            "sheet.csv",
            "PK\x03\x04..........................................xl/workbook.xml",
            ["sheet.csv", "spreadsheet"],
        ),
        ("page.npy", "<!DOCTYPE html><html></html>", ["page.npy is not an .npy file", "web page"]),
    ] {
        desk.write(name, text);
        desk.refuse(2, &format!("field --target {name} --t 1 --quantity pmf --out o.npy"), &words);
    }
}

#[test]
fn arrays_of_other_versions_of_numpy_are_read() {
    let desk = Desk::new();
    let npy = |descr: &str, shape: &str, data: &[u8]| {
        let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
        while (header.len() + 11) % 64 != 0 {
            header.push(' ');
        }
        header.push('\n');
        let length = (header.len() as u16).to_le_bytes();
        [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
    };
    let expected = array![[0.5, 1.0], [2.0, 8.25]];
    let halves: Vec<u8> =
        [0x3800_u16, 0x3c00, 0x4000, 0x4820].iter().flat_map(|bits| bits.to_le_bytes()).collect();
    let whole: Vec<u8> = expected.iter().flat_map(|x: &f64| x.to_le_bytes()).collect();
    for (name, bytes) in [
        ("half.npy", npy("<f2", "(2, 2)", &halves)),
        ("python2.npy", npy("<f8", "(2L, 2L)", &whole)),
        ("batch.npy", npy("<f8", "(1, 2, 2)", &whole)),
        ("--dash.npy", npy("<f8", "(2, 2)", &whole)),
        ("drawn-by-hand.npy", npy("<f8", "(2, 2)", &whole)),
        ("two\nlines.npy", npy("<f8", "(2, 2)", &whole)),
    ] {
        desk.write(name, bytes);
        close(&target(&desk, name), &expected, name);
    }
    desk.write("vector.npy", npy("<f8", "(4,)", &whole));
    desk.refuse(
        2,
        "field --target vector.npy --t 1 --quantity pmf --out o.npy",
        &["1 axis (4)", ".reshape(2, 2)"],
    );
}

#[test]
fn networks_are_told_apart_and_named() {
    let desk = Desk::new();
    desk.succeed("train grid --k 4 --hidden 4 --batch 8 --steps 1 --device cpu --out grid.safetensors");
    let grid = std::fs::read(desk.0.path().join("grid.safetensors")).expect("the file");
    desk.write("longer.safetensors", [&grid[..], &[0; 16]].concat());
    desk.write("torch.safetensors", [&b"PK\x03\x04"[..], &[0; 26], b"archive/data.pkl"].concat());
    desk.write("lfs.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 12345\n");
    let cards = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/checkpoints");
    for (name, words) in [
        ("longer.safetensors".to_owned(), ["16 bytes more", "expected"]),
        ("torch.safetensors".to_owned(), ["PyTorch file", "torch.save"]),
        ("lfs.safetensors".to_owned(), ["Git-LFS pointer", "git lfs pull"]),
        (format!("{cards}/shapes.safetensors"), ["it is a network for images", "tab Images"]),
        (format!("{cards}/shapes-classifier.safetensors"), ["it is a classifier of images", "--classifier"]),
    ] {
        desk.refuse(2, &format!("eval grid --k 4 --denoiser {name}"), &words);
    }
    for command in [
        "sample images --denoiser grid.safetensors --n 1 --steps 1 --out o.png",
        "eval images --denoiser grid.safetensors --data shapes --n 1",
    ] {
        let output = desk.run(command);
        let message = stderr(&output);
        assert!(
            !output.status.success() && message.contains("it is a network for flows on a grid"),
            "{message}"
        );
    }
}

#[test]
fn digits_are_not_mirrored_and_it_is_said() {
    let desk = Desk::new();
    for (class, grey) in [("0", 10), ("1", 90)] {
        let folder = desk.0.path().join("digits").join(class);
        std::fs::create_dir_all(&folder).expect("a folder");
        for n in 0..3u8 {
            let picture = image::RgbImage::from_pixel(8, 8, image::Rgb([grey + 20 * n; 3]));
            picture.save(folder.join(format!("{n}.png"))).expect("written");
        }
    }
    std::fs::create_dir(desk.0.path().join("flat")).expect("a folder");
    for n in 0..3u8 {
        let picture = image::RgbImage::from_pixel(8, 8, image::Rgb([40 * n; 3]));
        picture.save(desk.0.path().join(format!("flat/{n}.png"))).expect("written");
    }
    let train = "train images --tokens gray:8 --size 8 --width 16 --batch 2 --minutes 0.001";
    for (flags, mirrored) in
        [("--data digits", false), ("--data flat", true), ("--data flat --no-mirror", false)]
    {
        let report = desk.json(&format!("{train} {flags} --out net.safetensors --overwrite"));
        assert_eq!(report["mirrored"], mirrored, "{flags}");
    }
    // The run that is taken up again is the same run.
    let report = desk.json(&format!("{train} --data flat --resume net.safetensors --out net.safetensors"));
    assert_eq!(report["mirrored"], false);
    desk.succeed(&format!("{train} --data flat --out mirrored.safetensors --quiet"));
    let again = format!("{train} --data flat --resume mirrored.safetensors --no-mirror --out o.safetensors");
    desk.refuse(2, &again, &["--resume mirrored.safetensors", "trained with mirrored images", "--no-mirror"]);
}

#[test]
fn cifar10_of_python_is_named() {
    let desk = Desk::new();
    std::fs::create_dir(desk.0.path().join("cifar-10-batches-py")).expect("a folder");
    for name in ["data_batch_1", "data_batch_2", "test_batch", "batches.meta"] {
        desk.write(&format!("cifar-10-batches-py/{name}"), b"\x80\x02}q\0.");
    }
    let words = ["the Python version of CIFAR-10", "dfm-explorer data cifar10", "https://www.cs.toronto.edu"];
    for data in ["cifar10:cifar-10-batches-py", "cifar-10-batches-py", "cifar10:."] {
        desk.refuse(2, &format!("train images --data {data} --minutes 0.001 --out o.safetensors"), &words);
    }
    assert!(!desk.exists("o.safetensors"));
}

/// Inputs made after bug reports of other programs, where they are at hand.
#[test]
fn the_cases_of_bug_reports_are_right() {
    use dfm_explorer::data::TargetSpec;
    use dfm_explorer::experiment::grid::{Document, command};
    use dfm_explorer::figure::recipe::{Inside, look_inside};
    let cases = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases");
    let inside = |name: &str| look_inside(&std::fs::read(cases.join(name)).expect("a case"));
    if !cases.is_dir() {
        eprintln!("skipped: {} is not here", cases.display());
        return;
    }
    for name in ["im.png", "itxt_lang.png", "relative_target.svg", "target_name_starts_with_dash.svg"] {
        let Inside::Recipe(text) = inside(name) else { panic!("{name}: {:?}", inside(name)) };
        let found =
            command::read(&text, &Document::default()).expect(name).document.sides[0].flow.target.clone();
        let expected = match name {
            "relative_target.svg" => TargetSpec::File("quo'te $x `id`.npy".into()),
            "target_name_starts_with_dash.svg" => TargetSpec::File("--weird.npy".into()),
            _ => TargetSpec::Rings,
        };
        assert_eq!(found, expected, "{name}");
    }
    assert_eq!(inside("pillow_notext.png"), Inside::Nothing);
    let desk = Desk::new();
    let three = array![[0.5, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.25]];
    for name in ["pandas.csv", "pandas_noindex.csv", "pandas_noindex_named.csv", "f2.npy"] {
        desk.write(name, std::fs::read(cases.join(name)).expect("a case"));
        close(&target(&desk, name), &three, name);
    }
}
