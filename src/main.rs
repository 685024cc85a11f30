//! Parses the command line and starts the window or a headless command.

/// burn's CPU backend spends a third of a training step in the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    dfm_explorer::cli::main()
}
