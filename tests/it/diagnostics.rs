//! Is everything that is wrong with a document found, at its place, and nothing else?

use std::collections::{BTreeMap, BTreeSet};

use crate::support::cases;
use bayplan::diagnostic::{Code, Diagnostic, Severity};
use bayplan::document::{Destination, Document, Files, Newcomers, Source};
use fastrand::Rng;

/// Files as bytes; a folder is one whose name ends in `/`.
struct Bytes(BTreeMap<String, Vec<u8>>);

impl Files for Bytes {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        if self.0.contains_key(&format!("{path}/")) {
            return Err("is a directory".to_owned());
        }
        self.0.get(path).cloned().ok_or_else(|| "no such file".to_owned())
    }
}

/// Everything that is said about a document, whether or not it can be used.
fn findings(bytes: &[u8], others: &[(&str, &str)]) -> Vec<Diagnostic> {
    let others = others.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()));
    let document = Document::from_bytes("a.yaml", bytes, &Bytes(others.collect()));
    match document.and_then(|document| document.resolve()) {
        Ok(resolved) => resolved.diagnostics,
        Err(problems) => {
            let rendered = problems.render(false);
            assert!(rendered.chars().all(|c| c == '\n' || !c.is_control()), "{rendered:?}");
            problems.diagnostics
        }
    }
}

type Found = (Code, u32, u32);

fn places(diagnostics: &[Diagnostic]) -> Vec<Found> {
    let place = |one: &Diagnostic| one.at.map_or((one.code, 0, 0), |at| (one.code, at.line, at.column));
    diagnostics.iter().map(place).collect()
}

/// What is wrong with each of these, with line and column as counted by hand.
const BAD: &[(&str, &[Found])] = &[
    // Reading and YAML.
    ("", &[(Code::EmptyDocument, 1, 1)]),
    ("# nothing\n---\n", &[(Code::EmptyDocument, 1, 1)]),
    ("null\n", &[(Code::EmptyDocument, 1, 1)]),
    ("hosts: {a: {cpu: 1}}\n---\nhosts: {}\n", &[(Code::SeveralDocuments, 2, 1)]),
    ("hosts: {a: {cpu: 1}\n", &[(Code::Syntax, 1, 8)]),
    ("hosts:\n\ta: {cpu: 1}\n", &[(Code::Syntax, 2, 2)]),
    ("name: !x y\nhosts: !!map {a: {cpu: 1}}\n", &[(Code::Tag, 1, 7), (Code::Tag, 2, 8)]),
    ("hosts: {a: {cpu: *x}}\n", &[(Code::EmptyValue, 1, 13), (Code::UnknownAnchor, 1, 18)]),
    ("hosts: &h {a: {cpu: 1}, b: *h}\n", &[(Code::EmptyValue, 1, 25), (Code::UnknownAnchor, 1, 28)]),
    ("hosts: {a: {<<: 3, cpu: 1}}\n", &[(Code::MergeKey, 1, 17)]),
    (
        "hosts:\n  a: {cpu: 1}\n  b: {cpu: 2}\n  a: {cpu: 3}\nname: x\nname: y\n",
        &[(Code::DuplicateKey, 4, 3), (Code::DuplicateKey, 6, 1)],
    ),
    ("hosts: {? [a, b] : {cpu: 1}}\n", &[(Code::WrongKind, 1, 11)]),
    ("extends: nowhere.yaml\nhosts: {a: {cpu: 1}}\n", &[(Code::UnreadableFile, 1, 10)]),
    ("extends: folder\n", &[(Code::UnreadableFile, 1, 10)]),
    ("extends: a.yaml\n", &[(Code::ExtendsCycle, 1, 10)]),
    ("extends: ' '\nhosts: {a: {cpu: 1}}\n", &[(Code::BadValue, 1, 10)]),
    // Files of other tools: nothing else is said of them.
    ("version: '3'\nservices:\n  web: {image: nginx}\n", &[(Code::ForeignFile, 2, 1)]),
    ("apiVersion: v1\nkind: Pod\n---\napiVersion: v1\nkind: Service\n", &[(Code::ForeignFile, 1, 1)]),
    ("arch: amd64\ncores: 2\nmemory: 2048\nrootfs: local-lvm:vm-100-disk-0,size=8G\n", &[(Code::ForeignFile, 1, 1)]),
    ("boot: order=scsi0\ncores: 4\nmemory: 8192\nscsi0: a:b\n", &[(Code::ForeignFile, 1, 1)]),
    // The toolbox.
    (
        "hosts: {a: {cpu: 1}}\ntoolbox:\n  a: {tools: [x, x, '']}\n  b: {chosen: y}\n  c: {tools: [x], chosen: y}\n",
        &[(Code::Repeated, 3, 18), (Code::BadValue, 3, 21), (Code::MissingKey, 4, 3), (Code::UnknownTool, 5, 27)],
    ),
    (
        "hosts: {a: {cpu: 1}}\nstartups: {s: {containers: {c: {}}}}\ntoolbox:\n  d: {tools: [x], status: next}\n  e: {tools: [x], chosen: x, status: now}\n  f: {tools: [x], chosen: x, with: x}\n  g: {tools: [x], status: never, runs: s}\n  h: {tools: [x], runs: [s/d, t, s/c, s/c, s/c.1]}\n  I: {tools: x, satus: now}\n",
        &[
            (Code::MissingKey, 4, 3),
            (Code::ToolRunsNowhere, 5, 3),
            (Code::Repeated, 6, 36),
            (Code::ConflictingKeys, 7, 34),
            (Code::UnknownContainer, 8, 26),
            (Code::UnknownStartup, 8, 31),
            (Code::Repeated, 8, 39),
            (Code::BadPattern, 8, 44),
            (Code::BadName, 9, 3),
            (Code::WrongKind, 9, 14),
            (Code::UnknownKey, 9, 17),
        ],
    ),
    // Wishes.
    (
        "hosts: {a: {cpu: 1, labels: {z: x}}}\nstartups:\n  s: {containers: {c: {cpu: 0, replicas: 2, prefer: {on: a, weight: 0}}, d: {cpu: 0, prefer: [{weight: 2}, {on: b}, {on: a, apart: host}, {on: {y: x}}, {memory: 1}, {spread: {skew: 1}}]}}}\n  t: {containers: {c: {cpu: 0, every: host, prefer: {on: a}}, d: {cpu: 0, prefer: {prefer: {on: a}, survive: 1}}, e: {cpu: 0, prefer: a}}}\n",
        &[
            (Code::BadNumber, 3, 69),
            (Code::MissingKey, 3, 95),
            (Code::UnknownHost, 3, 113),
            (Code::ConflictingKeys, 3, 125),
            (Code::UnknownLabel, 3, 145),
            (Code::MissingKey, 3, 153),
            (Code::UnknownKey, 3, 154),
            (Code::MissingKey, 3, 167),
            (Code::ConflictingKeys, 4, 45),
            (Code::MissingKey, 4, 83),
            (Code::UnknownKey, 4, 84),
            (Code::UnknownKey, 4, 101),
            (Code::WrongKind, 4, 135),
        ],
    ),
    (
        "hosts: {a: {cpu: 1}}\nstartups: {s: {containers: {c: {cpu: 0}, d: {cpu: 0}}}}\nrules:\n  - prefer: {apart: [s/c, s/d], weight: -1}\n  - prefer: {apart: [s/c, s/d], together: [s/c, s/d]}\n  - prefer: {apart: [s/c, t/d], weight: 1000001}\n  - prefer: {survive: 1}\n  - prefer: {at-most: {count: 1, of: ['*/*']}, each: startup}\n  - {prefer: {apart: [s/c, s/d]}, each: startup}\n  - {apart: [s/c, s/d], weight: 3}\n  - {prefer: {apart: ['*/e', s/c]}, survive: 1}\n  - prefer: {apart: [s/c]}\n  - prefer: [{apart: [s/c, s/d]}]\n",
        &[
            (Code::BadAmount, 4, 41),
            (Code::ConflictingKeys, 5, 33),
            (Code::UnknownStartup, 6, 27),
            (Code::BadNumber, 6, 41),
            (Code::MissingKey, 7, 13),
            (Code::UnknownKey, 7, 14),
            (Code::ConflictingKeys, 8, 48),
            (Code::ConflictingKeys, 9, 35),
            (Code::UnknownKey, 10, 25),
            (Code::NoMatch, 11, 23),
            (Code::ConflictingKeys, 11, 37),
            (Code::CannotSurvive, 11, 37),
            (Code::RuleTooSmall, 12, 14),
            (Code::WrongKind, 13, 13),
        ],
    ),
    // One on every host.
    (
        "hosts: {a: {cpu: 1}}\nstartups: {s: {containers: {c: {cpu: 0, every: host, replicas: 2, apart: host, spread: host, on: a}}}}\n",
        &[
            (Code::ConflictingKeys, 2, 54),
            (Code::ConflictingKeys, 2, 67),
            (Code::ConflictingKeys, 2, 80),
            (Code::ConflictingKeys, 2, 94),
        ],
    ),
    (
        "hosts: {a: {cpu: 1, labels: {x: y}}}\nstartups: {s: {containers: {c: {cpu: 0, every: []}, d: {cpu: 0, every: {}}, e: {cpu: 0, every: {z: y}}, f: {cpu: 0, every: {x: z}}, g: {cpu: 0, every: ['b*', B, 'A*']}, h: {cpu: 0, every: 'b-*'}, i: {cpu: 0, every: b}}}}\n",
        &[
            (Code::NoMatch, 2, 48),
            (Code::NoMatch, 2, 72),
            (Code::UnknownLabel, 2, 97),
            (Code::NoMatch, 2, 128),
            (Code::NoMatch, 2, 153),
            (Code::BadName, 2, 159),
            (Code::BadName, 2, 162),
            (Code::NoMatch, 2, 189),
            (Code::UnknownHost, 2, 216),
        ],
    ),
    (
        "hosts: {a: {cpu: 1}, b: {cpu: 1}}\nstartups: {s: {containers: {c: {cpu: 0, every: a}, d: {cpu: 0}, e: {cpu: 0}}}, t: {containers: {c: {cpu: 0, every: host}}}}\nrules: [{apart: [s/c, s/d, s/e]}, {together: ['t/*', s/d]}, {at-most: {count: 1, of: [s/c@a, '*/c']}}, {survive: 1, except: [t/c]}]\nplacement: {a: [s/c@a, t/*, s/d], b: [s/c, t/c@a, s/d@b, s/c@, 's/*@a']}\n",
        &[
            (Code::NoMatch, 3, 18),
            (Code::NoMatch, 3, 47),
            (Code::NoMatch, 3, 87),
            (Code::NoMatch, 3, 94),
            (Code::NoMatch, 3, 126),
            (Code::NoMatch, 4, 39),
            (Code::NoMatch, 4, 44),
            (Code::UnknownContainer, 4, 51),
            (Code::BadPattern, 4, 58),
            (Code::BadPattern, 4, 64),
        ],
    ),
    // Shape.
    ("- hosts\n", &[(Code::WrongKind, 1, 1)]),
    ("hosts: [a]\n", &[(Code::WrongKind, 1, 8)]),
    ("hosts: {a: [cpu]}\nname: {x: y}\n", &[(Code::WrongKind, 1, 12), (Code::WrongKind, 2, 7)]),
    (
        "host: {}\nhosts: {a: {cpus: 1, cpu: 1, reserve: {gpu: 1}, overcommit: {ram: 1}}}\n",
        &[(Code::UnknownKey, 1, 1), (Code::UnknownKey, 2, 13), (Code::UnknownKey, 2, 40), (Code::UnknownKey, 2, 62)],
    ),
    (
        "hosts: {a: {cpu: 1}}\nrules: [{}, {apart: [s/c, s/d], together: [s/c, s/d]}]\nstartups: {s: {containers: {c: {}, d: {}}}, t: {}}\n",
        &[(Code::MissingKey, 2, 9), (Code::ConflictingKeys, 2, 33), (Code::MissingKey, 3, 45)],
    ),
    (
        "hosts: {a: {cpu: 1}}\nstacks: {w: {together: arch, c: {}}, x: {together: [host], c: {}}, y: {together: {}, d: {}}}\nstartups: {s: {stack: y, together: yes}, t: {containers: {c: {}, together: host}}, u: {stack: w, together: }}\nrules: [{survive: 1, each: startup}, {apart: [s/d], each: host}, {together: [s/d, t/c], each: startup}, {each: startup}, {apart: [s*/d], each: startup}]\n",
        &[
            (Code::BadValue, 2, 24),
            (Code::WrongKind, 2, 52),
            (Code::BadValue, 3, 36),
            (Code::WrongKind, 3, 76),
            (Code::EmptyValue, 3, 98),
            (Code::CannotSurvive, 4, 10),
            (Code::ConflictingKeys, 4, 22),
            (Code::RuleTooSmall, 4, 39),
            (Code::BadValue, 4, 59),
            (Code::RuleTooSmall, 4, 67),
            (Code::MissingKey, 4, 105),
        ],
    ),
    (
        "hosts: {a: {cpu: 1, containers: -1}, b: {containers: 1.5}, c: {containers: [1]}, d: {containers: 1000001}}\n",
        &[(Code::BadAmount, 1, 33), (Code::TooFine, 1, 54), (Code::WrongKind, 1, 76), (Code::BadNumber, 1, 98)],
    ),
    (
        "hosts: {a: {cpu: 1, containers: 9, reserve: {containers: 1}, overcommit: {containers: 2}, resources: {containers: 3}}}\ngoals: [{balance: [containers]}]\n",
        &[
            (Code::UnknownKey, 1, 46),
            (Code::UnknownKey, 1, 75),
            (Code::ReservedResource, 1, 103),
            (Code::UnknownResource, 2, 20),
        ],
    ),
    (
        "hosts: {a: {cpu: 1, resources: {nvme: 2TB, gpu: 0, tpu: 0}, reserve: {resources: {nvme: [5%, 3]}}}, b: {resources: {nvme: 5, gpu: 1, tpu: 1 G}, overcommit: {resources: {nvme: 2}}}}\nsizes: {z: {resources: {gpu: 1GB}}}\nstartups: {s: {containers: {c: {cpu: 1, resources: {nvme: 0, gpu: 1, tpu: 2}, limit: {resources: {nvme: 7}}, observed: {resources: {gpu: 1MB}}}}}}\n",
        &[
            (Code::MissingUnit, 1, 94),
            (Code::MissingUnit, 1, 123),
            (Code::UnknownUnit, 2, 30),
            (Code::MissingUnit, 3, 75),
            (Code::MissingUnit, 3, 105),
            (Code::UnknownUnit, 3, 138),
        ],
    ),
    (
        "hosts: {a: {cpu: 1, resources: {nvme: 2 TBs, gpu: 1.5}}}\n",
        &[(Code::UnknownUnit, 1, 39), (Code::TooFine, 1, 51)],
    ),
    (
        "hosts: {a: {memory: 1GiB, disk: 1TB}, b: {memory: 1GiB}}\npools: {p: {hosts: a}, q: {disk: 1TB, hosts: []}, r: {disk: 1TB, hosts: 'x*'}, s: {disk: 1TB, hosts: b, reserve: {disk: 2TB}}, t: {disk: 1, hosts: [b..c, a1..a3, no]}, u: {disk: 1TB, hosts: {zone: a}, memory: 1GiB}, v: 4TB}\nstartups: {s: {containers: {c: {memory: 0, pool: s, disk: 1GB, on: a}, d: {memory: 0, disk: 0, pool: z}, e: {memory: 0, pool: s, resources: {iops: 3}}}}}\n",
        &[
            (Code::MissingKey, 2, 9),
            (Code::NoMatch, 2, 46),
            (Code::NoMatch, 2, 73),
            (Code::ReserveAboveCapacity, 2, 121),
            (Code::MissingUnit, 2, 138),
            (Code::BadRange, 2, 149),
            (Code::UnknownHost, 2, 155),
            (Code::UnknownHost, 2, 163),
            (Code::UnknownLabel, 2, 192),
            (Code::UnknownKey, 2, 202),
            (Code::WrongKind, 2, 220),
            (Code::NoMatch, 3, 68),
            (Code::UnknownPool, 3, 102),
            (Code::UnknownResource, 3, 142),
        ],
    ),
    (
        "hosts: {a: {memory: 1GiB, disk: 1TB}}\npools: {p: {disk: 1TB, resources: {iops: 100, cache: 1GB}}, p: {disk: 2TB}}\nstartups: {s: {containers: {d: {memory: 0, pool: p, disk: 1GB, resources: {cache: 3, iops: 4GB}}}}}\n",
        &[(Code::DuplicateKey, 2, 61), (Code::MissingUnit, 3, 83), (Code::UnknownUnit, 3, 92)],
    ),
    ("hosts: {a: {cpu: 1}, b: }\nplacement:\n", &[(Code::EmptyValue, 1, 22), (Code::EmptyValue, 2, 1)]),
    (
        "hosts: {a: {cpu: 1, state: drian}}\ngoals: [balanse, balance, balance]\n",
        &[(Code::BadValue, 1, 28), (Code::BadValue, 2, 9), (Code::Repeated, 2, 27)],
    ),
    (
        "hosts: {a: {cpu: 1}}\ngoals: [{balance: [cpu, gpu, Cpu]}, balance, {}, {balanse: cpu}, {balance: []}]\n",
        &[
            (Code::UnknownResource, 2, 25),
            (Code::BadName, 2, 30),
            (Code::Repeated, 2, 37),
            (Code::MissingKey, 2, 46),
            (Code::UnknownKey, 2, 51),
            (Code::Repeated, 2, 66),
        ],
    ),
    ("hosts: {a: {cpu: 1}}\ngoals: [{balance: []}]\n", &[(Code::EmptyValue, 2, 19)]),
    (
        "hosts: {a: {cpu: 1}}\nstartups: {s: {containers: {c: {observed: {cpu: 1, date: 2026-02-30}}}}}\n",
        &[(Code::BadValue, 2, 58)],
    ),
    (
        "hosts: {a: {cpu: 1, count: 0}, b: {cpu: 1, count: 4000000000}}\nstartups: {s: {priority: -1, containers: {c: {replicas: 0}}}}\n",
        &[(Code::BadNumber, 1, 28), (Code::BadNumber, 1, 51), (Code::BadAmount, 2, 26), (Code::BadNumber, 2, 57)],
    ),
    ("hosts: {Nuc: {cpu: 1}, a_b: {cpu: 1}, -x: {cpu: 1}}\nstartups: {'': {}}\n", &[(Code::WrongKind, 2, 12)]),
    (
        "hosts: {Nuc: {cpu: 1}, a_b: {cpu: 1}, -x: {cpu: 1, labels: {A: b}}}\n",
        &[(Code::BadName, 1, 9), (Code::BadName, 1, 24), (Code::BadName, 1, 39), (Code::BadName, 1, 61)],
    ),
    (
        "hosts: {a: {cpu: 1}}\nstartups: {s09..s02: {}, s1..t2: {}, s..t: {}, s01..s9: {}}\n",
        &[(Code::BadRange, 2, 12), (Code::BadRange, 2, 26), (Code::BadRange, 2, 38), (Code::BadRange, 2, 48)],
    ),
    (
        "hosts: {a: {cpu: 1}}\nstartups: {s: {containers: {c: {needs: [a/b/c, 's*']}}}}\nrules: [{apart: [s, s/c, 's/*..']}]\n",
        &[(Code::BadPattern, 2, 41), (Code::BadPattern, 2, 48), (Code::BadPattern, 3, 18), (Code::BadPattern, 3, 26)],
    ),
    ("hosts: {a: {cpu: 1}}\nplacement: {a: [s9..s1/x]}\n", &[(Code::BadRange, 2, 17)]),
    // Amounts.
    (
        "hosts: {a: {cpu: 1e3, memory: -1GiB, disk: NaN, watts: x, price: 1_0}}\n",
        &[
            (Code::BadAmount, 1, 18),
            (Code::BadAmount, 1, 31),
            (Code::BadAmount, 1, 44),
            (Code::BadAmount, 1, 56),
            (Code::BadAmount, 1, 66),
        ],
    ),
    (
        "hosts: {a: {memory: 512, disk: 40gib, cpu: 0.0001, price: 0.0000001}}\n",
        &[(Code::MissingUnit, 1, 21), (Code::UnknownUnit, 1, 32), (Code::TooFine, 1, 59)],
    ),
    ("hosts: {a: {memory: 1ZB, disk: 9999999TB}}\n", &[(Code::UnknownUnit, 1, 21), (Code::AmountTooLarge, 1, 32)]),
    ("hosts: {a: {count: 100000, memory: 8192TiB}}\n", &[(Code::AmountTooLarge, 1, 1)]),
    (
        "hosts: {a: {memory: 8192TiB, overcommit: {memory: 9007199254740992}}}\n",
        &[(Code::AmountTooLarge, 1, 51), (Code::MemoryOvercommit, 1, 51)],
    ),
    (
        "hosts: {a: {memory: 1GiB}}\nstartups: {s: {containers: {c: {replicas: 1000000, memory: 8192TiB}}}}\n",
        &[(Code::AmountTooLarge, 2, 29)],
    ),
    (
        "hosts: {a: {memory: 1GiB}}\nstartups: {s: {containers: {c: {replicas: 1000000, limit: {memory: 8192TiB}}}}}\n",
        &[(Code::AmountTooLarge, 2, 29)],
    ),
    (
        "hosts: {a: {cpu: 2, memory: 1GiB, reserve: {cpu: 3, memory: [1GB, 100.1%]}}}\n",
        &[(Code::ReserveAboveCapacity, 1, 50), (Code::ReserveAboveCapacity, 1, 61)],
    ),
    (
        "hosts: {a: {cpu: 2, reserve: {cpu: x%, disk: 1GB}}}\n",
        &[(Code::BadAmount, 1, 36), (Code::UnknownResource, 1, 40)],
    ),
    (
        "hosts: {a: {cpu: 2, disk: 1GB, memory: 1GiB, overcommit: {cpu: 0, disk: -1, memory: 1.5}}}\n",
        &[(Code::BadOvercommit, 1, 64), (Code::BadOvercommit, 1, 73), (Code::MemoryOvercommit, 1, 85)],
    ),
    // Targets.
    (
        "hosts: {a: {memory: 1GiB, target: {memory: 101%, cpu: 80%}}}\ntarget: {memory: 80, disk: 50%}\n",
        &[
            (Code::BadValue, 1, 44),
            (Code::UnknownResource, 1, 50),
            (Code::BadValue, 2, 18),
            (Code::UnknownResource, 2, 22),
        ],
    ),
    (
        "hosts: {a: {memory: 1GiB, target: {cpu: 80%, containers: 5%, resources: {gpu: 5%}}}}\ntarget: {disk: 50%, memory: 1x%}\n",
        &[
            (Code::UnknownResource, 1, 36),
            (Code::UnknownKey, 1, 46),
            (Code::UnknownResource, 1, 74),
            (Code::UnknownResource, 2, 10),
            (Code::BadAmount, 2, 29),
        ],
    ),
    (
        "hosts: {a: {memory: 1GiB, target: {cpu: 80%, resources: {gpu: 5%}}}}\ntarget: {disk: 50%}\n",
        &[(Code::UnknownResource, 1, 36), (Code::UnknownResource, 1, 58), (Code::UnknownResource, 2, 10)],
    ),
    ("hosts: {a: {resources: {cpu: 2, gpu: 1, GPU: 1}}}\n", &[(Code::ReservedResource, 1, 25), (Code::BadName, 1, 41)]),
    (
        "hosts: {a: {resources: {gpu: 1}}}\nsizes: {x: {resources: {gpo: 1}}}\nstartups: {s: {containers: {c: {resources: {tpu: 1}, cpu: 1, limit: {resources: {gup: 1}}}}}}\n",
        &[
            (Code::UnknownResource, 2, 25),
            (Code::UnknownResource, 3, 45),
            (Code::Unbudgeted, 3, 54),
            (Code::UnknownResource, 3, 82),
        ],
    ),
    (
        "hosts: {a: {memory: 1GiB, cpu: 1, disk: 1GB}}\nstartups: {s: {containers: {c: {size: elk}, d: {size: redis-measured}, e: {memory: 2MiB, limit: {memory: 1MiB}}}}}\n",
        &[(Code::CatalogueGap, 2, 39), (Code::NotAContainerSize, 2, 55), (Code::LimitBelowRequest, 2, 106)],
    ),
    // What follows from an unknown stack is not told besides.
    (
        "hosts: {a: {cpu: 1}}\nstartups: {s: wbe, t: {containers: {c: {needs: s/d}}}}\nrules: [{apart: [s/c, t/c]}]\nplacement: {a: [s/*, 's*/x']}\n",
        &[(Code::UnknownStack, 2, 15)],
    ),
    // Names.
    ("name: x\n", &[(Code::NoHosts, 1, 1)]),
    ("name: x\nhosts: {}\n", &[(Code::NoHosts, 2, 1)]),
    ("hosts: {a: {cpu: 1, count: 60000}, b: {cpu: 1, count: 60000}}\n", &[(Code::TooManyHosts, 1, 36)]),
    (
        "hosts: {a: {cpu: 1}}\nstartups: {s1..s3: {containers: {c: {replicas: 400000}}}}\n",
        &[(Code::TooManyContainers, 2, 34)],
    ),
    (
        "hosts: {a: {cpu: 1, count: 2}, a-2: {cpu: 1}, b-1: {cpu: 1}, b: {cpu: 1, count: 1}}\n",
        &[(Code::HostNameClash, 1, 32), (Code::HostNameClash, 1, 62)],
    ),
    (
        "hosts: {nuc: {cpu: 1}, w: {cpu: 1, count: 2}}\nstartups: {s: {containers: {c: {on: nux}, d: {on: [w, w-3]}}}}\nplacement: {nuk: [s/c], w: [s/d]}\n",
        &[
            (Code::UnknownHost, 2, 37),
            (Code::UnknownHost, 2, 55),
            (Code::UnknownHost, 3, 13),
            (Code::KindNotHost, 3, 25),
        ],
    ),
    (
        "hosts: {a: {cpu: 1}}\nstacks: {web: {c: {size: nothing-like-it}}}\nstartups: {s: wbe, t: {stack: web}}\n",
        &[(Code::UnknownSize, 2, 26), (Code::UnknownStack, 3, 15)],
    ),
    (
        "hosts: {a: {cpu: 1}}\nstartups: {s1..s3: {containers: {c: {needs: [d, t/c]}}}}\nrules: [{apart: [s1..s4/c, s1/x, s2/c.1]}]\n",
        &[
            (Code::UnknownContainer, 2, 46),
            (Code::UnknownStartup, 2, 49),
            (Code::UnknownStartup, 3, 18),
            (Code::UnknownContainer, 3, 28),
            (Code::UnknownContainer, 3, 34),
        ],
    ),
    (
        "hosts: {a: {cpu: 1, labels: {shelf: x}}}\nstartups: {s: {containers: {c: {replicas: 2, apart: shefl}, d: {on: {shlef: x}}, e: {on: {shelf: y}}, f: {on: []}}}}\nrules: [{apart: ['t*/c', s/c]}, {together: [s/d]}, {apart: []}]\n",
        &[
            (Code::UnknownLabel, 2, 53),
            (Code::UnknownLabel, 2, 70),
            (Code::NoMatch, 2, 98),
            (Code::NoMatch, 2, 111),
            (Code::NoMatch, 3, 18),
            (Code::RuleTooSmall, 3, 34),
            (Code::RuleTooSmall, 3, 53),
        ],
    ),
    (
        "hosts: {a: {cpu: 1, memory: 1GiB, disk: 1GB, resources: {gpu: 1}}}\nstacks: {web: {c: {memory: 1MiB}, redis: {cpu: 1, disk: 0}}}\nstartups: {s1..s9: web, t: {containers: {d: {size: redis}, e: {memory: 0, cpu: 0}}}}\n",
        &[(Code::NothingAsked, 2, 16), (Code::NothingAsked, 2, 16), (Code::NothingAsked, 2, 35)],
    ),
    (
        "hosts: {a: {cpu: 1, from: x}}\nstartups: {s: {containers: {c: {cpu: 1, until: y}}}}\n",
        &[(Code::UnknownPhase, 1, 27), (Code::UnknownPhase, 2, 48)],
    ),
    (
        "phases:\n  now: {}\n  b: {}\n  c: soon\n  d: {date: 2027-02-30}\n  e: {date: 2027-02-01, when: startups >= 2}\n  f: 2027-01-01\n  g: startups > 3\n  h: startups >= 9\n  i: [x]\nhosts: {a: {cpu: 1}}\n",
        &[
            (Code::MissingKey, 3, 3),
            (Code::BadValue, 4, 6),
            (Code::BadValue, 5, 13),
            (Code::ConflictingKeys, 6, 25),
            (Code::PhaseOrder, 7, 3),
            (Code::BadValue, 8, 6),
            (Code::Trigger, 9, 3),
            (Code::WrongKind, 10, 6),
        ],
    ),
    (
        "phases: {now: {}, b: 2027-01-01, c: 2028-01-01}\nhosts: {a: {cpu: 1, from: c, until: b}}\nstartups:\n  s: {until: b, containers: {c: {cpu: 1, from: b}}}\n  t: {until: now, containers: {d: {cpu: 1}}}\n  u: {containers: {e: {needs: f}, f: {until: c}}}\n  v: {from: b, containers: {g: {cpu: 1}}}\nplacement: {a: [v/g, u/*]}\n",
        &[
            (Code::PhaseOrder, 2, 30),
            (Code::PhaseOrder, 4, 30),
            (Code::PhaseOrder, 5, 7),
            (Code::NeedsAbsent, 6, 20),
            (Code::PlacedEarly, 8, 17),
        ],
    ),
    (
        "hosts: {a: {cpu: 1}}\nstartups: {s: {containers: {c: {cpu: 1}}}}\nrules: [{survive: 1}]\n",
        &[(Code::CannotSurvive, 3, 10)],
    ),
    (
        "hosts: {a: {cpu: 1, labels: {zone: x}}, b: {cpu: 1, labels: {zone: x, rack: r}}}\nstartups: {s: {containers: {c: {cpu: 1}}}}\nrules:\n- survive: {any: zone}\n- survive: [1, {any: rack}, 2, {any: rack}, {any: host}]\n",
        &[(Code::CannotSurvive, 4, 3), (Code::Repeated, 5, 3)],
    ),
    (
        "hosts: {a: {cpu: 1}}\nstacks: {w: {c: {cpu: 1, replicas: 3, keep: 3}}}\nstartups: {s: {stack: w, containers: {c: {replicas: 2}}}, t: {containers: {c: {keep: 1}, d: {replicas: 2, keep: 0}, e: {replicas: 2, keep: 3}}}}\n",
        &[
            (Code::BadNumber, 2, 45),
            (Code::ConflictingKeys, 3, 80),
            (Code::BadNumber, 3, 113),
            (Code::BadNumber, 3, 140),
        ],
    ),
    (
        "hosts: {a: {cpu: 1}, b: {cpu: 1, labels: {rack: r}}}\nstartups: {s: {containers: {c: {cpu: 1}}}}\nrules:\n- survive: [1, {any: rack}, 2, {any: rack}, {any: host}]\n",
        &[(Code::Repeated, 4, 29), (Code::Repeated, 4, 32), (Code::Repeated, 4, 45)],
    ),
    (
        "hosts: {a: {cpu: 1}, b: {cpu: 1, labels: {rack: r}}}\nstartups: {s: {containers: {c: {cpu: 1}}}}\nrules: [{survive: []}, {survive: {}}, {survive: {any: rock}}, {survive: {any: [rack]}}, {survive: {all: rack}}, {survive: [[1]]}]\n",
        &[
            (Code::EmptyValue, 3, 10),
            (Code::MissingKey, 3, 34),
            (Code::UnknownLabel, 3, 55),
            (Code::WrongKind, 3, 79),
            (Code::UnknownKey, 3, 100),
            (Code::WrongKind, 3, 124),
        ],
    ),
    (
        "hosts: {a: {cpu: 1, count: 300}}\nstartups: {s: {containers: {c: {cpu: 1}}}}\nrules:\n- survive: 2\n  except: [t/c]\n  moves: yes\n- survive: 1\n- survive: 0\n- {apart: [s/c, s/c], except: [s/c]}\n- {moves: allowed}\n- {survive: 1.5, together: [s/c]}\n",
        &[
            (Code::CannotSurvive, 4, 3),
            (Code::UnknownStartup, 5, 12),
            (Code::BadValue, 6, 10),
            (Code::Repeated, 7, 3),
            (Code::Repeated, 8, 3),
            (Code::BadNumber, 8, 12),
            (Code::RuleTooSmall, 9, 4),
            (Code::ConflictingKeys, 9, 23),
            (Code::MissingKey, 10, 3),
            (Code::Repeated, 11, 4),
            (Code::TooFine, 11, 13),
            (Code::ConflictingKeys, 11, 18),
            (Code::RuleTooSmall, 11, 18),
        ],
    ),
    (
        "hosts: {a: {cpu: 1}, b: {cpu: 1}}\nstartups: {s: {containers: {c: {replicas: 3}}}}\nplacement: {a: [s/c.1, s/c.4], b: ['s/*']}\n",
        &[(Code::UnknownContainer, 3, 24), (Code::PlacedTwice, 3, 36)],
    ),
    (
        "hosts: {a: {cpu: 1}}\nstartups: {s: {containers: {c: {needs: d}, d: {needs: [s/e]}, e: {needs: [c]}}}, t: {containers: {x: {needs: x}}}}\n",
        &[(Code::NeedsCycle, 2, 40), (Code::NeedsCycle, 2, 110)],
    ),
    // Carriers.
    (
        "hosts: {a: {memory: 9GiB}}\nstartups:\n  s:\n    containers:\n      a: {memory: 1GiB, inside: [b, t/*, u/c, x]}\n      b: {memory: content, labels: {x: y}}\n      d: {memory: 1GiB, inside: {x: y}}\n      e: {memory: 1GiB, inside: e, carries: yes}\n  t: {containers: {c: {memory: 1GiB}}}\n",
        &[
            (Code::NotACarrier, 5, 34),
            (Code::NotACarrier, 5, 37),
            (Code::UnknownStartup, 5, 42),
            (Code::UnknownContainer, 5, 47),
            (Code::ConflictingKeys, 6, 19),
            (Code::ConflictingKeys, 6, 28),
            (Code::NoMatch, 7, 25),
            (Code::CarrierCycle, 8, 25),
        ],
    ),
    (
        "hosts: {a: {memory: 9GiB}}\nstartups:\n  s:\n    containers:\n      a: {memory: 2GiB, inside: b}\n      b: {memory: 2GiB, carries: {reserve: {memory: 3GiB}, step: {memory: 1GiB}}}\n",
        &[(Code::ReserveAboveCapacity, 6, 53), (Code::ConflictingKeys, 6, 67)],
    ),
    (
        "hosts: {a: {memory: 9GiB}}\nstartups:\n  s:\n    containers:\n      a: {memory: 2GiB, inside: b}\n      b: {memory: 2GiB, carries: {reserve: {memory: 1B}}}\n      c: {memory: content, carries: yes}\n",
        &[(Code::LargerThanCarriers, 5, 7), (Code::NothingCarried, 7, 28)],
    ),
    (
        "hosts: {a: {memory: 9GiB}}\nstartups:\n  s:\n    containers:\n      a: {memory: 1GiB, inside: b}\n      b: {memory: 2GiB, replicas: 2, carries: yes}\n      c: {memory: 1GiB}\nplacement: {s/b.1: [s/a], s/b: [], s/c: [], 's/*': [], s/b.2: []}\n",
        &[(Code::KindNotHost, 8, 27), (Code::NotACarrier, 8, 36), (Code::BadPattern, 8, 45)],
    ),
    (
        "hosts: {a: {memory: 9GiB}}\nstartups: {s: {containers: {a: {memory: 1GiB, inside: b}, b: {memory: 2GiB, carries: yes}}}}\nplacement: {s/b: [s/a]}\n",
        &[(Code::CarrierUnplaced, 3, 13)],
    ),
    (
        "hosts: {a: {memory: 9GiB}}\nstartups:\n  s:\n    containers:\n      a: {memory: 1GiB, carries: yes}\n      b: {memory: 1GiB, carries: yes, inside: a}\n      c: {memory: 1GiB, carries: yes, inside: b}\n      d: {memory: 1GiB, carries: yes, inside: c}\n      e: {memory: 1GiB, carries: yes, inside: d}\n",
        &[(Code::TooDeep, 9, 39)],
    ),
];

#[test]
fn every_problem_is_found_at_its_place_and_no_other() {
    let mut wrong = String::new();
    for (text, expected) in BAD {
        let found = findings(text.as_bytes(), &[("folder/", ""), ("a.yaml", text)]);
        if places(&found) != *expected {
            wrong += &format!("{text}expected {expected:?}\nfound    {:?}\n\n", places(&found));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn all_problems_of_all_files_are_told_in_one_run() {
    let base = "hosts: {a: {cpu: x}}\nstacks: {web: {c: {cpu: 1, needs: d}}}\n";
    let found =
        findings(b"extends: b.yaml\nhosts: {b: {memory: 1}}\nstartups: {s: web}\ngoal: []\n", &[("b.yaml", base)]);
    let found: Vec<_> = found.iter().map(|one| (one.code, one.at.unwrap().file, one.at.unwrap().line)).collect();
    assert_eq!(
        found,
        [(Code::MissingUnit, 0, 2), (Code::UnknownKey, 0, 4), (Code::BadAmount, 1, 1), (Code::UnknownContainer, 1, 2)]
    );
}

#[test]
fn bytes_that_are_not_utf8_are_told_with_their_place() {
    let found = findings(b"name: x\nhosts: {\xc3\xa9\xff}\n", &[]);
    assert_eq!(places(&found), [(Code::InvalidUtf8, 2, 10)]);
    assert_eq!(places(&findings(b"\xff\xfe", &[])), [(Code::InvalidUtf8, 1, 1)]);
}

#[test]
fn a_missing_document_has_no_place() {
    let problems = Document::read("nowhere.yaml", &Bytes(BTreeMap::new())).unwrap_err();
    assert_eq!(places(&problems.diagnostics), [(Code::UnreadableFile, 0, 0)]);
    assert_eq!(problems.diagnostics[0].message, "cannot read `nowhere.yaml`: no such file");
}

#[test]
fn circles_of_files_name_their_path() {
    let found = findings(
        b"extends: x/b.yaml\n",
        &[("x/b.yaml", "extends: ../x/c.yaml\n"), ("x/../x/c.yaml", "extends: b.yaml\n")],
    );
    assert_eq!(places(&found), [(Code::ExtendsCycle, 1, 10)]);
    assert_eq!(found[0].at.unwrap().file, 2);
    assert_eq!(found[0].message, "`x/b.yaml` extends `x/../x/c.yaml` extends `x/../x/b.yaml`");
}

#[test]
fn files_that_extend_many_others_stop_at_a_limit() {
    let names: Vec<String> = (0..40).map(|number| format!("f{number}.yaml")).collect();
    let texts: Vec<String> = names.iter().skip(1).map(|next| format!("extends: [{next}, {next}]\n")).collect();
    let others: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
    let found = findings(b"extends: f0.yaml\n", &[others, vec![("f39.yaml", "hosts: {a: {cpu: 1}}\n")]].concat());
    assert!(found.iter().any(|one| one.code == Code::TooLarge), "{:?}", found.first());
}

#[test]
fn what_is_meant_is_said() {
    for (text, help) in [
        ("hosts: {nuc: {cpu: 1}}\nplacement: {nux: []}\n", "did you mean `nuc`?"),
        ("hosts: {nuc: {cpu: 1, memroy: 1GiB}}\n", "did you mean `memory`?"),
        ("hosts: {nuc: {memory: 40gb}}\n", "did you mean `GB`?"),
        ("hosts: {nuc: {cpu: 1}}\nstartups: {s: {containers: {c: {size: grafanna}}}}\n", "did you mean `grafana`?"),
        ("hosts: {nuc: {cpu: 1}}\ngoals: [fewest-host]\n", "did you mean `fewest-hosts`?"),
        (
            "hosts: {NUC_1: {cpu: 1}}\n",
            "write `nuc-1`: names have small letters, digits and `-`; `title` takes any text",
        ),
        (
            "hosts: {a: {cpu: 1}}\nrules: [{apart: [media/home_assistant]}]\n",
            "write `media/home-assistant`: names have small letters, digits and `-`",
        ),
        ("hosts: {a: {ram: 1GiB}}\n", "write `memory`, with its unit: `memory: 2GiB`"),
        ("hosts: {a: {cpu: 1, cpus: 1}}\n", "write `cpu`, as in `cpu: 2` or `cpu: 500m`"),
        (
            "hosts: {a: {cpu: 1}}\nstartups: {s: {containers: {c: {cpu: 1, image: x}}}}\n",
            "leave it out: this says where containers go, not how they are run",
        ),
        (
            "hosts: {a: {memory: 1GiB}}\nstartups: {s: {containers: {redis: {}}}}\n",
            "write how much, `memory: 0` for nothing, or take it from the catalogue: `size: redis`",
        ),
        ("hosts: {nuc: {memory: 1GiB}}\ngoals: [{balance: memry}]\n", "did you mean `memory`?"),
        ("hosts: {a: {cpu: 1}}\nhosts: {b: {cpu: 1}}\n", "the first is on line 1, column 1; keep one"),
    ] {
        let found = findings(text.as_bytes(), &[]);
        assert_eq!(found[0].help.as_deref(), Some(help), "{text}");
    }
}

#[test]
fn cycles_name_their_path() {
    let text = "hosts: {a: {cpu: 1}}\nstacks: {w: {c: {needs: d}, d: {needs: [c]}}}\nstartups: {s1..s9: w}\n";
    let found = findings(text.as_bytes(), &[]);
    assert_eq!(places(&found), [(Code::NeedsCycle, 2, 25)]);
    assert_eq!(found[0].message, "`s1/c` needs `s1/d` needs `s1/c`");
}

fn nested(levels: usize) -> String {
    format!("name: {}x{}\n", "[".repeat(levels), "]".repeat(levels))
}

/// Each alias stands for nine of the one before: nine to the power of nine in the end.
fn bomb() -> String {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let alias = format!("*a{}", level - 1);
        text += &format!("a{level}: &a{level} [{}]\n", vec![alias; 9].join(", "));
    }
    text
}

fn numbered(prefix: &str, count: usize) -> String {
    (0..count).map(|number| format!("{prefix}{number}: 1, ")).collect()
}

#[test]
fn documents_beyond_the_limits_are_refused_with_the_limit_named() {
    for (text, code, limit) in [
        (nested(100), Code::TooDeep, "64"),
        (nested(100_000), Code::TooDeep, "64"),
        (bomb(), Code::TooLarge, "1000000"),
        (format!("hosts: {{a: {{cpu: 1}}}}\nx: {}1{}\n", "{a: ".repeat(90), "}".repeat(90)), Code::TooDeep, "64"),
        (format!("name: {}\nhosts: {{a: {{cpu: 1}}}}\n", "x".repeat(1001)), Code::TooLarge, "1000"),
        (format!("hosts: {{{}: {{cpu: 1}}}}\n", "x".repeat(201)), Code::BadName, "200"),
        (format!("hosts: {{{0}1..{0}2: {{cpu: 1}}}}\n", "x".repeat(201)), Code::BadRange, "200"),
        (format!("hosts: {{a: {{count: 100000, labels: {{{}}}}}}}\n", numbered("l", 11)), Code::TooLarge, "1000000"),
        (format!("hosts: {{a: {{resources: {{{}}}}}}}\n", numbered("r", 33)), Code::TooLarge, "32"),
        ("hosts: {a1..a900000000000: {cpu: 1}}\n".to_owned(), Code::TooLarge, "12000000"),
        ("hosts: {a1..a200000: {cpu: 1}}\n".to_owned(), Code::TooManyHosts, "100000"),
        ("hosts: {a: {cpu: 1, count: 4000000000}}\n".to_owned(), Code::BadNumber, "100000"),
        (
            "hosts: {a: {cpu: 1}}\nstartups: {s1..s1000001: {containers: {c: {}}}}\n".to_owned(),
            Code::TooManyContainers,
            "1000000",
        ),
    ] {
        let found = findings(text.as_bytes(), &[]);
        let told = found.iter().find(|one| one.code == code);
        let told = told.unwrap_or_else(|| panic!("{:.80}: {:?}", text, places(&found)));
        assert!(told.message.contains(limit), "{}", told.message);
    }
}

#[test]
fn hostile_documents_within_the_limits_cost_little() {
    let patterns = vec!["'*'"; 20_000].join(", ");
    let names: String = (0..20_000).map(|number| format!("  x{number}: {{nonsense: 1, cpu: z}}\n")).collect();
    let keys: String = (0..300_000).map(|number| format!("k{number}: 1\n")).collect();
    let unknown: String = (0..20_000).map(|number| format!("s/c{number}, ")).collect();
    for text in [
        format!(
            "hosts: {{a: {{cpu: 1}}}}\nstartups: {{s1..s9999: {{containers: {{c: {{}}}}}}}}\nrules: [{{apart: [{patterns}]}}]\n"
        ),
        format!(
            "hosts: {{a: {{cpu: 1}}}}\nstartups: {{s1..s9999: {{containers: {{c: {{}}}}}}}}\nplacement: {{a: [{patterns}]}}\n"
        ),
        format!("hosts:\n{names}"),
        keys,
        format!(
            "hosts: {{a: {{cpu: 1}}}}\nstartups: {{s: {{containers: {{c: {{}}}}}}}}\nrules: [{{apart: [{unknown}]}}]\n"
        ),
    ] {
        let begin = std::time::Instant::now();
        let found = findings(text.as_bytes(), &[]);
        assert!(!found.is_empty() && found.len() <= 10_001);
        assert!(begin.elapsed().as_secs() < 20, "{:.60}: {:?}", text, begin.elapsed());
    }
}

#[test]
fn every_code_has_a_fixture_here() {
    let mut seen: BTreeSet<Code> = BAD.iter().flat_map(|(_, found)| found.iter().map(|one| one.0)).collect();
    seen.extend(findings(b"\xff", &[]).iter().map(|one| one.code));
    for text in [nested(100), bomb()] {
        seen.extend(findings(text.as_bytes(), &[]).iter().map(|one| one.code));
    }
    let document = Document::from_bytes("a", b"hosts: {a: {cpu: 1}}", &Bytes(BTreeMap::new())).unwrap();
    let more = Newcomers::From(Source { name: "b".to_owned(), text: "hosts: {b: {}}\nstartups: {s: {}}".to_owned() });
    seen.extend(document.with(&more).unwrap_err().diagnostics.iter().map(|one| one.code));
    let missing: Vec<&str> = Code::ALL.iter().filter(|code| !seen.contains(code)).map(|code| code.name()).collect();
    assert!(missing.is_empty(), "no fixture gives {missing:?}");
}

#[test]
fn codes_are_kebab_case_and_their_own() {
    let names: BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(names.len(), Code::ALL.len());
    assert!(
        names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte == b'8'))
    );
}

#[test]
fn messages_and_help_are_written_as_the_rest_of_the_program_writes() {
    for (text, _) in BAD {
        for one in findings(text.as_bytes(), &[("folder/", ""), ("a.yaml", text)]) {
            let help = one.help.clone().unwrap_or_else(|| panic!("no help: {one:?}"));
            for sentence in [&one.message, &help] {
                assert!(!sentence.ends_with('.') && !sentence.is_empty(), "{sentence}");
                assert!(
                    !sentence.starts_with(|c: char| c.is_uppercase()) || sentence.starts_with("YAML"),
                    "{sentence}"
                );
            }
        }
    }
}

/// Pieces of documents, right and wrong, from which any others are made.
fn pieces() -> Vec<String> {
    let files = ["layouts/shared.yaml", "layouts/lab.yaml", "examples/labels.yaml", "examples/drain.yaml"];
    let mut pieces: Vec<String> = files
        .iter()
        .flat_map(|file| std::fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    pieces.extend(BAD.iter().flat_map(|(text, _)| text.lines().map(str::to_owned)));
    pieces.extend(
        ["---", "...", "- x", "? a", ": b", "<<: *a", "&a", "*a", "!t", "|", ">", "'", "\"", "{", "}", "[", "]", "\t"]
            .map(str::to_owned),
    );
    pieces
}

/// Nothing panics on it, and what is said is in order and can be shown.
fn survives(bytes: &[u8]) {
    let others = [("a.yaml", "extends: b.yaml\nhosts: {a: {cpu: 1}}\n"), ("b.yaml", "startups: {s1..s3: web}\n")];
    let found = findings(bytes, &others);
    assert!(found.windows(2).all(|pair| pair[0].at <= pair[1].at));
    assert!(found.iter().filter(|one| one.severity == Severity::Error).all(|one| !one.message.is_empty()));
    let document =
        Document::from_bytes("z.yaml", bytes, &BTreeMap::from(others.map(|(a, b)| (a.to_owned(), b.to_owned()))));
    let Ok(document) = document else { return };
    let _ = document.with(&Newcomers::OfStack("web".to_owned(), 2)).map(|(document, _)| document.resolve());
    let text = String::from_utf8_lossy(bytes).into_owned();
    let _ =
        document.with(&Newcomers::From(Source { name: "m".to_owned(), text })).map(|(document, _)| document.resolve());
    if let Ok(resolved) = document.resolve() {
        let placement = bayplan::model::Placement::empty(resolved.layout.demand.containers.len());
        let target = Destination { path: "q/z.yaml", working_directory: None };
        let _ = document.text_with_placement(&resolved.layout, &placement, target);
    }
}

#[test]
fn random_bytes_never_panic() {
    cases::each(0, 256, |seed| {
        let mut rng = Rng::with_seed(seed);
        let bytes: Vec<u8> = (0..rng.usize(..200)).map(|_| rng.u8(..)).collect();
        survives(&bytes);
    });
}

#[test]
fn random_yaml_never_panics() {
    let letters: Vec<char> = "abc:{}[], \n&*!|>'\"#%@<?.0123456789-".chars().collect();
    cases::each(0, 512, |seed| {
        let mut rng = Rng::with_seed(seed);
        let text: String = (0..rng.usize(..=120)).map(|_| letters[rng.usize(..letters.len())]).collect();
        survives(text.as_bytes());
    });
}

#[test]
fn documents_put_together_from_pieces_never_panic() {
    let pieces = pieces();
    cases::each(0, 256, |seed| {
        let mut rng = Rng::with_seed(seed);
        let lines = rng.usize(..40);
        let line = |_| format!("{}{}\n", "  ".repeat(rng.usize(..4)), pieces[rng.usize(..pieces.len())]);
        let lines: String = (0..lines).map(line).collect();
        survives(lines.as_bytes());
    });
}

#[test]
fn documents_with_a_few_bytes_changed_never_panic() {
    let files = ["shared", "lab", "isolated", "seventeen", "swarm"];
    let files = files.map(|file| std::fs::read(format!("layouts/{file}.yaml")).unwrap());
    cases::each(0, 256, |seed| {
        let mut rng = Rng::with_seed(seed);
        let mut bytes = files[rng.usize(..files.len())].clone();
        for _ in 0..rng.usize(1..8) {
            let place = rng.usize(..bytes.len());
            match rng.u8(..3) {
                0 => bytes[place] = rng.u8(..),
                1 => bytes.insert(place, rng.u8(..128)),
                _ => drop(bytes.remove(place)),
            }
        }
        survives(&bytes);
    });
}

#[test]
fn the_help_about_a_carrier_without_a_host_names_a_host_that_there_is() {
    let text = "hosts: {old: {memory: 8GiB, state: drain}, attic: {memory: 8GiB}}\n\
                startups: {s: {containers: {b: {memory: 2GiB, carries: yes}, a: {memory: 1GiB, inside: b}}}}\n\
                placement: {s/b: [s/a]}\n";
    let found = findings(text.as_bytes(), &[]);
    let help = found.iter().find(|it| it.code == Code::CarrierUnplaced).and_then(|it| it.help.clone());
    assert_eq!(help.as_deref(), Some("name a host for it: `attic: [s/b]`"), "{found:?}");
}
