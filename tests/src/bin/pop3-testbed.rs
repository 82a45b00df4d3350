//! A test bed for tests in other languages: prints where everything is as one JSON line, then
//! answers each JSON line on standard input with one, and ends with standard input.

use std::process::ExitCode;

use anyhow::Result;
use pop3_tests::testbed::TestBed;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Stdout};

#[tokio::main]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line, with what to install where something is missing.
            let mut stderr = tokio::io::stderr();
            let _ = stderr
                .write_all(format!("pop3-testbed: {error:#}\n").as_bytes())
                .await;
            let _ = stderr.flush().await;
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<()> {
    let mut bed = TestBed::start().await?;
    let mut output = tokio::io::stdout();
    print(&mut output, &bed.description()?).await?;
    let mut commands = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = commands.next_line().await? {
        let answer = bed.obey(&line).await;
        print(&mut output, &answer).await?;
    }
    Ok(())
}

async fn print(output: &mut Stdout, line: &Value) -> Result<()> {
    output.write_all(format!("{line}\n").as_bytes()).await?;
    output.flush().await?;
    Ok(())
}
