//! EPSS and KEV feeds in the shapes that FIRST and CISA publish.

use std::fmt::Write as _;

use proptest::prelude::*;
use sealift_gate::{EpssFeed, Feed, FeedError, KevFeed, MAX_FEED_BYTES};
use sealift_types::Epss;

const EPSS_CSV: &str = "\
#model_version:v2025.03.14,score_date:2026-08-21T12:55:00Z
cve,epss,percentile
CVE-1999-0001,0.01141,0.77834
CVE-2021-44228,0.94358,0.99957
CVE-2024-1234567,0.00042,0.05029
";

const KEV_JSON: &str = r#"{
  "title": "CISA Catalog of Known Exploited Vulnerabilities",
  "catalogVersion": "2026.08.20",
  "dateReleased": "2026-08-20T17:00:31.1234Z",
  "count": 2,
  "vulnerabilities": [
    {"cveID": "CVE-2021-44228", "vendorProject": "Apache", "product": "Log4j2", "vulnerabilityName": "Log4Shell",
     "dateAdded": "2021-12-10", "shortDescription": "data: x", "requiredAction": "Apply updates.",
     "dueDate": "2021-12-24", "knownRansomwareCampaignUse": "Known", "notes": "", "cwes": ["CWE-20"]},
    {"cveID": "CVE-2014-0160", "vendorProject": "OpenSSL", "product": "OpenSSL", "vulnerabilityName": "Heartbleed",
     "dateAdded": "2022-05-04", "shortDescription": "…", "requiredAction": "Apply updates.",
     "dueDate": "2022-05-25", "knownRansomwareCampaignUse": "Unknown", "notes": "", "cwes": []}
  ]
}"#;

const KEV_CSV: &str = "\
cveID,vendorProject,product,vulnerabilityName,dateAdded,shortDescription,requiredAction,dueDate,knownRansomwareCampaignUse,notes,cwes\r
CVE-2021-44228,Apache,Log4j2,\"Log4j2, \"\"Log4Shell\"\"\",2021-12-10,\"Two
lines\",Apply updates.,2021-12-24,Known,,CWE-20\r
CVE-2014-0160,OpenSSL,OpenSSL,Heartbleed,2022-05-04,x,Apply updates.,2022-05-25,Unknown,,\r
";

#[test]
fn epss_csv_is_looked_up_in_any_case() {
    let feed = EpssFeed::parse(EPSS_CSV.as_bytes()).unwrap();
    assert_eq!(feed.len(), 3);
    assert_eq!(feed.model_version(), Some("v2025.03.14"));
    assert_eq!(feed.published().unwrap().to_string(), "2026-08-21T12:55:00Z");
    assert_eq!(feed.get("cve-2021-44228"), Some(Epss::new(0.94358, 0.99957)));
    assert_eq!(feed.get("CVE-2024-1234567"), Some(Epss::new(0.00042, 0.05029)));
    assert_eq!(feed.get("CVE-2021-4422"), None);
    assert_eq!(feed.get("GHSA-jfh8-c2jp-5v3q"), None);
    assert!(matches!(Feed::parse(EPSS_CSV.as_bytes()), Ok(Feed::Epss(_))));
}

#[test]
fn epss_json_of_the_api() {
    let json = br#"{"status":"OK","status-code":200,"version":"1.0","total":2,"offset":0,"limit":100,"data":[
        {"cve":"CVE-2021-44228","epss":"0.943580000","percentile":"0.999570000","date":"2026-08-21"},
        {"cve":"CVE-2022-27225","epss":0.00262,"percentile":9.5e-1,"date":"2026-08-20"}]}"#;
    let feed = EpssFeed::parse(json).unwrap();
    assert_eq!(feed.get("CVE-2021-44228"), Some(Epss::new(0.94358, 0.99957)));
    assert_eq!(feed.get("CVE-2022-27225"), Some(Epss::new(0.00262, 0.95)));
    assert_eq!(feed.published().unwrap().to_string(), "2026-08-20T00:00:00Z");
}

#[test]
fn one_page_of_the_api_is_not_the_feed() {
    let json = br#"{"total":250000,"data":[{"cve":"CVE-2022-27225","epss":"0.1","percentile":"0.2"}]}"#;
    let error = EpssFeed::parse(json).unwrap_err();
    assert_eq!(
        error,
        FeedError::Incomplete {
            stated: 250_000,
            found: 1
        }
    );
    assert!(error.help().contains("whole feed"));
}

#[test]
fn a_repeated_flaw_keeps_its_higher_score() {
    let csv = "cve,epss,percentile\nCVE-2024-0001,0.9,0.99\nCVE-2024-0001,0.1,0.2\n";
    let feed = EpssFeed::parse(csv.as_bytes()).unwrap();
    assert_eq!(feed.get("CVE-2024-0001"), Some(Epss::new(0.9, 0.99)));
}

#[test]
fn kev_json_and_csv_say_the_same() {
    let json = KevFeed::parse(KEV_JSON.as_bytes()).unwrap();
    let csv = KevFeed::parse(KEV_CSV.as_bytes()).unwrap();
    for feed in [&json, &csv] {
        assert_eq!(feed.len(), 2);
        let kev = feed.get("CVE-2021-44228").unwrap();
        assert_eq!(kev.date_added.as_deref(), Some("2021-12-10"));
        assert_eq!(kev.due_date.as_deref(), Some("2021-12-24"));
        assert!(kev.ransomware);
        assert!(!feed.get("cve-2014-0160").unwrap().ransomware);
        assert_eq!(feed.get("CVE-2014-0161"), None);
    }
    assert_eq!(json.catalog_version(), Some("2026.08.20"));
    assert_eq!(json.published().unwrap().to_string(), "2026-08-20T17:00:31.1234Z");
    // The CSV states no release; the newest entry's day can only make it look older.
    assert_eq!(csv.published().unwrap().to_string(), "2022-05-04T00:00:00Z");
    assert!(matches!(Feed::parse(KEV_CSV.as_bytes()), Ok(Feed::Kev(_))));
}

#[test]
fn both_are_written_as_json_that_is_read_again() {
    let epss = EpssFeed::parse(EPSS_CSV.as_bytes()).unwrap();
    let json = serde_json::to_vec(&epss).unwrap();
    assert_eq!(EpssFeed::parse(&json).unwrap(), epss);
    assert_eq!(serde_json::from_slice::<EpssFeed>(&json).unwrap(), epss);

    let kev = KevFeed::parse(KEV_JSON.as_bytes()).unwrap();
    let json = serde_json::to_vec(&kev).unwrap();
    assert_eq!(KevFeed::parse(&json).unwrap(), kev);
    assert_eq!(
        serde_json::from_reader::<_, KevFeed>(json.as_slice()).unwrap(),
        kev
    );
}

#[test]
fn a_damaged_feed_is_refused_with_its_line() {
    let epss = |text: &str| EpssFeed::parse(text.as_bytes()).unwrap_err().to_string();
    let kev = |text: &str| KevFeed::parse(text.as_bytes()).unwrap_err().to_string();
    assert_eq!(
        epss("cve,epss,percentile\nCVE-2024-0001,0.1"),
        "line 2: the row is cut: cve, epss and percentile are needed"
    );
    assert_eq!(
        epss("cve,epss,percentile\n\nCVE-2024-0001,1.5,0"),
        "line 3: epss is not a number from 0 to 1: \"1.5\""
    );
    assert_eq!(
        epss("cve,epss,percentile\nCVE-\u{1b}[2J,1,0"),
        "line 2: not a CVE id: \"CVE-\\u{1b}[2J\""
    );
    assert_eq!(
        epss("cve,epss\nCVE-2024-0001,0.1"),
        "line 1: the header has no column `percentile`"
    );
    assert_eq!(epss("cve,epss,percentile\n"), "the feed holds no entry");
    assert_eq!(epss("#model_version:v1"), "the feed holds no entry");
    assert_eq!(
        kev("cveID,dateAdded\nCVE-2024-0001"),
        "line 2: 1 fields instead of 2"
    );
    assert_eq!(
        kev("cveID,dateAdded\nCVE-2024-0001,soon"),
        "line 2: dateAdded is not a day: \"soon\""
    );
    assert_eq!(
        kev(&KEV_JSON.replace("\"count\": 2", "\"count\": 3")),
        "the feed states 3 entries and holds 2"
    );
    assert!(kev(&KEV_JSON[..300]).starts_with("not the JSON of this feed: EOF"));
}

#[test]
fn another_file_is_said_to_be_one() {
    let check = |bytes: &[u8], expected: FeedError| assert_eq!(Feed::parse(bytes).unwrap_err(), expected);
    check(b"", FeedError::Unknown);
    check(b"hello\n", FeedError::Unknown);
    check(b"{\"data\": [], \"vulnerabilities\": []}", FeedError::Unknown);
    check(&[0x1f, 0x8b, 8, 0], FeedError::Compressed);
    check(b"cve,epss\n\xff", FeedError::NotText { line: 2 });
    assert_eq!(
        EpssFeed::parse(KEV_JSON.as_bytes()).unwrap_err(),
        FeedError::Other {
            found: "KEV",
            expected: "EPSS"
        }
    );
    assert_eq!(
        KevFeed::parse(EPSS_CSV.as_bytes()).unwrap_err().to_string(),
        "this is a feed of EPSS, not of KEV"
    );
    let large = vec![b' '; MAX_FEED_BYTES + 1];
    assert!(matches!(Feed::parse(&large), Err(FeedError::TooLarge { .. })));
    assert!(Feed::parse("[".repeat(100_000).as_bytes()).is_err());
    assert!(Feed::parse("{\"data\":".repeat(100_000).as_bytes()).is_err());
}

proptest! {
    #[test]
    fn no_text_breaks_the_readers(text in "[CVEcve0-9,\"\\n\\r.#:{}\\[\\] -]{0,200}") {
        let _ = Feed::parse(format!("cve,epss,percentile\n{text}").as_bytes());
        let _ = Feed::parse(format!("cveID,dateAdded,dueDate\n{text}").as_bytes());
        let _ = Feed::parse(text.as_bytes());
    }

    #[test]
    fn every_row_is_found_again(rows in prop::collection::btree_map((1999u16..2030, 1u32..9_999_999), (0u32..=100_000, 0u32..=100_000), 1..50)) {
        let share = |n: u32| f64::from(n) / 100_000.0;
        let mut csv = "cve,epss,percentile\n".to_owned();
        for ((year, number), (score, percentile)) in &rows {
            writeln!(csv, "CVE-{year}-{number:04},{},{}", share(*score), share(*percentile)).unwrap();
        }
        let feed = EpssFeed::parse(csv.as_bytes()).unwrap();
        prop_assert_eq!(feed.len(), rows.len());
        for ((year, number), (score, percentile)) in rows {
            let found = feed.get(&format!("CVE-{year}-{number:04}"));
            prop_assert_eq!(found, Some(Epss::new(share(score), share(percentile))));
        }
    }
}
