//! The document that the README shows can be used as it stands. Its console blocks are run by `.ci/readme`.

use std::process::Command;

#[test]
fn the_document_in_the_readme_plans() {
    let readme = include_str!("../../README.md");
    let document = readme.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let path = std::env::temp_dir().join(format!("bayplan-readme-{}.yaml", std::process::id()));
    std::fs::write(&path, document).unwrap();
    let output = Command::new(assert_cmd::cargo::cargo_bin!("bayplan")).arg("plan").arg(&path).output().unwrap();
    std::fs::remove_file(&path).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), errors.as_ref()), (Some(0), ""), "{}", String::from_utf8_lossy(&output.stdout));
}
