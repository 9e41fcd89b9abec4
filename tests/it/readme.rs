//! The document that the README shows can be used as it stands. Its console blocks are run by `.ci/readme`.

use crate::support::program::Folder;

#[test]
fn the_document_in_the_readme_plans() {
    let readme = include_str!("../../README.md");
    let document = readme.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let folder = Folder::with(&[("homelab.yaml", document)]);
    let ran = folder.run(&["plan", "homelab.yaml"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
}
