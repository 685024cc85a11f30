//! Devices that another process serves: the real program on both sides, over loopback.

#[path = "../cli/desk.rs"]
#[expect(dead_code, reason = "what the command line's other tests need of it")]
mod desk;

use desk::{Desk, stderr};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStderr, Command, Stdio};

/// A few steps of a small network on digits.
const IMAGES: &str = "train images --data digits --width 16 --batch 8 --images 40 --seed 3 --quiet";
/// As few on the grid.
const GRID: &str = "train grid --target rings --k 8 --hidden 8 --batch 64 --steps 20 --quiet";

/// A server that ends with the test.
struct Server {
    child: Child,
    /// `remote:ws://127.0.0.1:PORT`.
    address: String,
}

impl Server {
    fn start(desk: &Desk, arguments: &str) -> Self {
        let mut command = desk.command(&format!("serve --device cpu --port 0 --json {arguments}"));
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the server starts");
        let mut line = String::new();
        let said = child.stdout.as_mut().expect("its output");
        BufReader::new(said).read_line(&mut line).expect("a line");
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|error| {
            let mut why = String::new();
            _ = child.stderr.take().expect("its errors").read_to_string(&mut why);
            panic!("{error}: {line}: {why}")
        });
        assert_eq!(ready["devices"].as_array().map(Vec::len), Some(1), "{ready}");
        Self { child, address: ready["address"].as_str().expect("an address").to_owned() }
    }

    fn port(&self) -> u16 {
        self.address.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).expect("a port")
    }

    fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Held-out bits of the images' run.
fn bits(report: &Value) -> f64 {
    report["bits_per_dimension"].as_f64().expect("bits")
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-4 * a.abs()
}

#[test]
fn networks_learn_there_what_they_learn_here() {
    let desk = Desk::new();
    let server = Server::start(&desk, "");
    let there = |what: &str, out: &str| {
        desk.json(&format!("{what} --device {} --out {out}.safetensors", server.address))
    };
    let here = |what: &str, out: &str| desk.json(&format!("{what} --device cpu --out {out}.safetensors"));

    let (far, own) = (there(IMAGES, "far"), here(IMAGES, "own"));
    assert!(near(bits(&far), bits(&own)), "{far} {own}");
    assert_eq!((&far["device"], &far["images"]), (&Value::from(server.address.as_str()), &Value::from(40)));
    let (far, own) = (there(GRID, "far-grid"), here(GRID, "own-grid"));
    assert!(near(far["gap"].as_f64().expect("a gap"), own["gap"].as_f64().expect("a gap")), "{far} {own}");

    // Samples, too, and twice the same.
    let sample = |out: &str| {
        let address = &server.address;
        desk.json(&format!(
            "sample images --denoiser far.safetensors --n 2 --steps 4 --device {address} --out {out}.npy"
        ));
        std::fs::read(desk.0.path().join(format!("{out}.npy"))).expect("samples")
    };
    assert!(sample("a") == sample("b"));
}

#[test]
fn two_servers_share_a_batch_and_two_clients_a_server() {
    let desk = Desk::new();
    let servers = [Server::start(&desk, ""), Server::start(&desk, "")];
    let both = format!("{},{}", servers[0].address, servers[1].address);
    let shared = desk.json(&format!("{IMAGES} --device {both} --out shared.safetensors"));
    let one = |out: &str| {
        let address = &servers[0].address;
        desk.command(&format!("{IMAGES} --device {address} --out {out}.safetensors --json"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("a client")
    };
    let at_once = [one("a"), one("b")].map(|client| {
        let output = client.wait_with_output().expect("its end");
        serde_json::from_slice::<Value>(&output.stdout).expect("a report")
    });
    for report in &at_once {
        assert!(near(bits(report), bits(&shared)), "{report} {shared}");
    }
    desk.refuse(
        2,
        &format!("train grid --steps 1 --out x.safetensors --device {both}"),
        &["only train images uses several devices"],
    );
}

/// The first line of a running program's errors with `word` in it.
fn line_with(errors: &mut BufReader<ChildStderr>, word: &str) -> String {
    let mut seen = String::new();
    loop {
        let mut line = String::new();
        let read = errors.read_line(&mut line).expect("a line");
        assert!(read > 0, "no line with {word}: {seen}");
        seen += &line;
        if line.contains(word) {
            return line;
        }
    }
}

fn interrupt(child: &Child) {
    let asked = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(asked.success());
}

#[test]
fn a_server_that_dies_in_mid_run_costs_nothing() {
    for (train, place) in [
        ("train images --data digits --width 16 --batch 4 --minutes 60", "training goes on on the CPU after"),
        (
            "train grid --target rings --k 8 --hidden 8 --batch 64 --seconds 3600",
            "training goes on on the CPU from step",
        ),
    ] {
        let desk = Desk::new();
        let mut server = Server::start(&desk, "");
        let mut run = desk
            .command(&format!("{train} --device {} --out run.safetensors", server.address))
            .stderr(Stdio::piped())
            .spawn()
            .expect("a run");
        let file = desk.0.path().join("run.safetensors");
        // Once it has been saved it is on its way.
        while !file.exists() {
            std::thread::yield_now();
            assert!(run.try_wait().expect("its state").is_none(), "it goes on");
        }
        server.kill();
        let mut errors = BufReader::new(run.stderr.take().expect("its errors"));
        let mut said = line_with(&mut errors, "the device failed");
        // The reason may have lines of its own.
        if !said.contains(place) {
            said += &line_with(&mut errors, place);
        }
        assert!(!said.contains("internal fault"), "{said}");
        // It has gone on, and ends well.
        interrupt(&run);
        let said = line_with(&mut errors, "interrupted");
        assert!(said.contains("--resume run.safetensors"), "{said}");
        assert_eq!(run.wait().expect("its end").code(), Some(1));
        let resume = if train.contains("grid") { "--seconds 0.1" } else { "--minutes 0.001" };
        let words: Vec<&str> = train.split(' ').take(2).collect();
        desk.json(&format!(
            "{} {resume} --device cpu --resume run.safetensors --out run.safetensors",
            words.join(" ")
        ));
    }
}

#[test]
fn a_token_is_asked_for_and_garbage_is_survived() {
    let desk = Desk::new();
    desk.write("right.txt", "open sesame\n");
    desk.write("wrong.txt", "open barley\n");
    desk.write("empty.txt", "\n");
    let server = Server::start(&desk, "--token-file right.txt");
    let train = |token: &str, number: &str| {
        format!("{IMAGES} --device {}{number} {token} --out x.safetensors", server.address)
    };
    desk.refuse(1, &train("", ""), &["the server asks for a token: give it with --token-file"]);
    desk.refuse(1, &train("--token-file wrong.txt", ""), &["another token than --token-file"]);
    desk.refuse(2, &train("--token-file empty.txt", ""), &["empty.txt", "expected one line"]);
    desk.refuse(2, &train("--token-file none.txt", ""), &["--token-file none.txt"]);
    desk.refuse(1, &train("--token-file right.txt", "/7"), &["one device only, number 0"]);

    // Nobody's words, and the beginning of the right ones.
    for garbage in [
        &b"\0\xff\xfe nonsense \r\n\r\n"[..],
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /session HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
          Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x82\xfe\xff\xff\xff\xff\xff\xff garbage in a frame",
    ] {
        let mut caller = TcpStream::connect(("127.0.0.1", server.port())).expect("an open door");
        caller.write_all(garbage).expect("written");
        let mut some = [0; 16];
        // Whatever is answered, if anything is: the end of the call is the garbage's own.
        caller.set_read_timeout(Some(std::time::Duration::from_millis(200))).expect("a limit");
        _ = caller.read(&mut some);
    }
    let report = desk.json(&train("--token-file right.txt", ""));
    assert!(bits(&report).is_finite());
}

#[test]
fn what_is_no_server_is_said() {
    let desk = Desk::new();
    let door = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = door.local_addr().expect("an address").port();
    let to = |port: u16| format!("{GRID} --device remote:ws://127.0.0.1:{port} --out x.safetensors");
    // Somebody who answers every call with words of his own.
    std::thread::spawn(move || {
        for mut call in door.incoming().flatten() {
            _ = call.write_all(b"220 mail.example.org ESMTP\r\n");
        }
    });
    desk.refuse(
        1,
        &to(port),
        &[&format!("--device remote:ws://127.0.0.1:{port}: no server of this program")],
    );
    let free = TcpListener::bind("127.0.0.1:0").and_then(|door| door.local_addr()).expect("a port").port();
    desk.refuse(1, &to(free), &["nobody answers there", "is dfm-explorer serve running?"]);
    desk.refuse(
        1,
        &format!("{GRID} --device remote:iroh:xyz --out x.safetensors"),
        &["xyz is no id of a server"],
    );
}

#[test]
fn a_server_is_open_to_others_only_with_a_token() {
    let desk = Desk::new();
    desk.refuse(2, "serve --device cpu --listen 0.0.0.0", &["--listen 0.0.0.0", "--token-file"]);
    desk.refuse(2, "serve --device cpu --iroh key", &["--iroh", "--token-file"]);
    desk.refuse(1, "serve --device remote:ws://127.0.0.1:9", &["nobody answers there"]);
    let server = Server::start(&desk, "");
    desk.refuse(1, &format!("serve --device cpu --port {}", server.port()), &["can't listen there"]);
    // Asked to end it ends well.
    let mut server = server;
    interrupt(&server.child);
    assert_eq!(server.child.wait().expect("its end").code(), Some(0));
    // So it does as soon as it has said that it is there, when not all of it listens yet.
    let mut server = Server::start(&desk, "");
    interrupt(&server.child);
    assert_eq!(server.child.wait().expect("its end").code(), Some(0));
}

#[test]
fn an_encrypted_way_goes_by_the_servers_key() {
    let desk = Desk::new();
    desk.write("token.txt", "open sesame");
    let free =
        std::net::UdpSocket::bind("127.0.0.1:0").and_then(|door| door.local_addr()).expect("a port").port();
    let start = || {
        let mut command = desk
            .command(&format!("serve --device cpu --iroh key --port {free} --token-file token.txt --json"));
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the server starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("its output")).read_line(&mut line).expect("a line");
        let ready: Value = serde_json::from_str(&line).expect("an object");
        Server { child, address: ready["address"].as_str().expect("an address").to_owned() }
    };
    let server = start();
    let address = server.address.replace("HOST", "127.0.0.1");
    assert!(
        address.starts_with("remote:iroh:") && address.ends_with(&format!("@127.0.0.1:{free}")),
        "{address}"
    );
    let far = desk.json(&format!("{GRID} --device {address} --token-file token.txt --out far.safetensors"));
    let own = desk.json(&format!("{GRID} --device cpu --out own.safetensors"));
    assert!(near(far["gap"].as_f64().expect("a gap"), own["gap"].as_f64().expect("a gap")), "{far} {own}");
    let output = desk.run(&format!("{GRID} --device {address} --out x.safetensors"));
    assert!(stderr(&output).contains("asks for a token"), "{}", stderr(&output));
    drop(server);
    // The same key is the same id.
    assert_eq!(start().address.replace("HOST", "127.0.0.1"), address);
}
