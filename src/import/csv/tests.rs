use std::collections::BTreeMap;

use super::super::found::{Count, Found};
use super::super::{Asked, Given};
use super::{columns_are_there, read};
use crate::document::Problems;
use crate::quantity::Resource;

fn imported(name: &str, text: &str, columns: &[(&str, &str)]) -> Result<Found, Problems> {
    sheets(&[(name, text)], columns)
}

fn sheets(sheets: &[(&str, &str)], columns: &[(&str, &str)]) -> Result<Found, Problems> {
    let given = |(name, text): &(&str, &str)| Given { name: (*name).to_owned(), bytes: text.as_bytes().into() };
    let files = sheets.iter().map(given).collect();
    let columns = columns.iter().map(|(role, name)| ((*role).to_owned(), (*name).to_owned())).collect();
    let asked = Asked { files, columns, ..Asked::default() };
    let none: BTreeMap<String, String> = BTreeMap::new();
    columns_are_there(&asked)?;
    read(&asked, &none).map(|(found, _)| found)
}

fn found(name: &str, text: &str) -> Found {
    imported(name, text, &[]).unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

fn hosts(found: &Found) -> Vec<(&str, u64, u64)> {
    let amount = |host: &super::Machine, of: Resource| host.capacity.get(&of).map_or(0, |figure| figure.value);
    found.hosts.iter().map(|it| (it.name.as_str(), amount(it, Resource::Cpu), amount(it, Resource::Memory))).collect()
}

#[test]
fn a_sheet_of_hosts_is_read_in_any_order() {
    let sheet = found(
        "x.csv",
        "\u{feff}RAM (GiB);Hostname;Cores;Owner\r\n15,5;nuc;4;me\r\n\"64\";pve;\"12\";you\r\n;;;\r\n79,5;Total;16;\r\n",
    );
    assert_eq!(hosts(&sheet), [("nuc", 4000, 31 << 29), ("pve", 12_000, 64 << 30)]);
    assert_eq!(sheet.refused.iter().map(|it| (it.what.as_str(), it.at.line)).collect::<Vec<_>>(), [("Total", 5)]);
    assert_eq!(sheet.notes.len(), 1, "{:?}", sheet.notes);
    let sheet = found("servers.csv", "name,count,cpu,mem_mb\npi,2,4,8000\n");
    assert_eq!(hosts(&sheet), [("pi-1", 4000, 8_000_000_000), ("pi-2", 4000, 8_000_000_000)]);
}

#[test]
fn a_sheet_of_containers_is_read_startup_by_startup() {
    let sheet = found(
        "apps.csv",
        "startup,container,image,replicas,cpu,memory,memory limit,needs,host\n\
         shop,web,nginx,2,500m,512MiB,1GiB,\"db, queue\",\"nuc,pi\"\n\
         blog,ghost,ghost:5,,0.5,1 GB,,,\n\
         shop,db,,,1,2GiB,,,nuc\n\
         shop,off,,0,1,2GiB,,,\n\
         shop,odd,,1,many,2,,,\n",
    );
    let names: Vec<_> = sheet
        .projects
        .iter()
        .map(|project| {
            let containers = project.containers.iter().map(|one| (one.name.as_str(), one.count)).collect::<Vec<_>>();
            (project.name.as_ref().map(|(name, _)| name.as_str()), containers)
        })
        .collect();
    assert_eq!(
        names,
        [
            (Some("shop"), vec![("web", Count::Replicas(2)), ("db", Count::Replicas(1)), ("odd", Count::Replicas(1))]),
            (Some("blog"), vec![("ghost", Count::Replicas(1))]),
        ]
    );
    let web = &sheet.projects[0].containers[0];
    assert_eq!((web.request[&Resource::Cpu].value, web.request[&Resource::Memory].value), (500, 512 << 20));
    assert_eq!((web.limit[&Resource::Memory].value, web.needs.len(), web.runs_on.len()), (1 << 30, 2, 2));
    assert_eq!(sheet.projects[1].containers[0].request[&Resource::Memory].value, 1_000_000_000);
    let refused: Vec<_> = sheet.refused.iter().map(|it| (it.what.as_str(), it.at.line, it.at.column)).collect();
    assert_eq!(refused, [("off", 5, 11), ("odd: cpu", 6, 13), ("odd: memory", 6, 18)]);
}

#[test]
fn columns_may_be_named() {
    let text = "Bezeichnung,Speicher GB,Speicher alt (GB)\nnuc,16,8\n";
    assert!(imported("x.csv", text, &[]).is_err());
    let sheet = imported("x.csv", text, &[("host", "bezeichnung"), ("memory", "Speicher GB")]);
    let sheet = sheet.unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    assert_eq!(hosts(&sheet), [("nuc", 0, 16_000_000_000)]);
    assert!(imported("x.csv", text, &[("host", "Name")]).is_err());
    assert!(imported("x.csv", text, &[("colour", "Bezeichnung")]).is_err());
    assert!(imported("x.csv", "host,ram,memory\na,1GB,2GB\n", &[]).is_err());
}

#[test]
fn a_number_that_may_be_two_is_neither() {
    let sheet = found(
        "x.csv",
        "host;memory (GB);cpu\na;1,5;2\nb;1,500;2\nc;1.500;2\nd;0,500;2\ne;1.234,5;2\nf;1.234.567;2\ng;1,2,3;2\n",
    );
    assert_eq!(
        hosts(&sheet).iter().map(|(name, _, memory)| (*name, *memory)).collect::<Vec<_>>(),
        [
            ("a", 1_500_000_000),
            ("b", 0),
            ("c", 0),
            ("d", 500_000_000),
            ("e", 1_234_500_000_000),
            ("f", 1_234_567_000_000_000),
            ("g", 0),
        ]
    );
    assert_eq!(sheet.refused.iter().map(|it| it.at.line).collect::<Vec<_>>(), [3, 4, 8]);
    let sheet = found("x.csv", "host,memory (GB),cpu\na,1.500,2\nb,\"1,500\",2\n");
    assert_eq!(hosts(&sheet).iter().map(|it| it.2).collect::<Vec<_>>(), [1_500_000_000, 0]);
}

#[test]
fn of_two_sheets_each_has_the_columns_that_are_its_own() {
    let machines = ("machines.csv", "Rechenknecht,RAM (GiB)\nnuc,16\n");
    let apps = ("apps.csv", "Dienst,Host,RAM (GiB)\nweb,nuc,1\ndb,nuc,2\n");
    let said = [("host", "Rechenknecht"), ("container", "dienst")];
    let found = sheets(&[machines, apps], &said).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    assert_eq!(hosts(&found), [("nuc", 0, 16 << 30)]);
    let names: Vec<&str> = found.projects[0].containers.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["web", "db"]);
    // Names of columns may have several lines.
    let tall = ("tall.csv", "Dienst,\"RAM\n(GiB)\",Kerne\nweb,1,2\n");
    let found = sheets(&[tall], &[("container", "Dienst"), ("cpu", "Kerne")]);
    assert_eq!(found.map(|found| found.projects[0].containers.len()).ok(), Some(1));
    let wrong = sheets(&[machines, apps], &[("container", "Dinst")]).expect_err("nobody has it");
    assert!(wrong.render(false).contains("no column is called `Dinst`"), "{}", wrong.render(false));
}

#[test]
fn a_sheet_of_containers_is_not_taken_for_one_of_hosts() {
    for text in [
        "Dienst,Host,RAM\nweb,nuc,1GB\ndb,pi,2GB\n",
        "Host,RAM,Dienst\nnuc,1GB,web\nnuc,2GB,db\n",
        "host,ram,image\na,1GB,x\n",
    ] {
        let wrong = imported("x.csv", text, &[]).expect_err("it may be either");
        assert!(wrong.render(false).contains("--columns host="), "{}", wrong.render(false));
        assert_eq!(
            imported("x.csv", text, &[("host", "Host")]).map(|found| found.projects.len()).ok(),
            Some(0),
            "{text}"
        );
    }
    for text in ["No,Host,RAM\n1,nuc,1GB\n2,pi,2GB\n", "Host,RAM,Owner\nnuc,1GB,me\n"] {
        assert!(imported("x.csv", text, &[]).is_ok_and(|found| !found.hosts.is_empty()), "{text}");
    }
}

#[test]
fn whether_it_has_any_is_not_how_many() {
    let sheet = found("x.csv", "startup,service,memory (GiB),gpu\na,web,1,no\na,llm,2,yes\na,ocr,2,1\n");
    let reasons: Vec<(&str, u32)> = sheet.refused.iter().map(|it| (it.reason.as_str(), it.at.line)).collect();
    assert_eq!(reasons, [("`yes` does not say how many: write a number", 3)]);
}
