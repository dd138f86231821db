//! What was acknowledged is there, whatever happened meanwhile.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::process::{Server, ask, data, directory, incident, try_send};

#[test]
fn two_hundred_deliveries_by_sixteen_clients_to_two_processes_are_one_ticket() {
    let directory = directory();
    let data = data(&directory);
    let first = Server::start(&data);
    let second = Server::start(&data);
    let source = ask(&data, &["source", "add", "--kind", "fortisiem", "--name", "siem"]);
    let bearer = format!("Bearer {}", source["token"].as_str().unwrap());
    let body = incident(4711, 37);
    let next = AtomicU64::new(0);
    let outcomes = Mutex::new(HashMap::<String, u64>::new());
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= 200 {
                        return;
                    }
                    let server = if number.is_multiple_of(2) { &first } else { &second };
                    let path = "/api/v1/integrations/webhook";
                    let (status, answer) = server.send("POST", path, &[("Authorization", &bearer)], &body);
                    assert_eq!(status, 200, "{answer}");
                    let answer: Value = serde_json::from_str(&answer).unwrap();
                    let outcome = answer["outcome"].as_str().unwrap().to_owned();
                    *outcomes.lock().unwrap().entry(outcome).or_default() += 1;
                }
            });
        }
    });
    assert_eq!(
        outcomes.into_inner().unwrap(),
        HashMap::from([("created".into(), 1), ("duplicate".into(), 199)])
    );
    let session = first.sign_in();
    let tickets = first.get(&session, "/api/v1/tickets");
    assert_eq!(tickets["items"].as_array().unwrap().len(), 1, "{tickets}");
    let alerts = second.get(&session, "/api/v1/alerts");
    assert_eq!(alerts["items"].as_array().unwrap().len(), 1, "{alerts}");
    let alert = alerts["items"][0]["id"].as_str().unwrap();
    let alert = second.get(&session, &format!("/api/v1/alerts/{alert}"));
    assert_eq!((&alert["deliveries"], &alert["occurrences"]), (&json!(200), &json!(37)));
    assert!(second.stop().success());
}

#[test]
fn kill_nine_during_a_load_loses_nothing_acknowledged_and_doubles_nothing() {
    let directory = directory();
    let data = data(&directory);
    let server = Server::start(&data);
    let source = ask(&data, &["source", "add", "--kind", "fortisiem", "--name", "siem"]);
    let bearer = Arc::new(format!("Bearer {}", source["token"].as_str().unwrap()));
    let acknowledged = Arc::new(Mutex::new(Vec::<u64>::new()));
    let stop = Arc::new(AtomicBool::new(false));
    let next = Arc::new(AtomicU64::new(1));
    let workers = (0..8).map(|_| {
        let (address, bearer) = (server.address.clone(), bearer.clone());
        let (acknowledged, stop, next) = (acknowledged.clone(), stop.clone(), next.clone());
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let path = "/api/v1/integrations/webhook";
                match try_send(&address, "POST", path, &[("Authorization", &bearer)], &incident(number, 1)) {
                    Ok((200, _)) => acknowledged.lock().unwrap().push(number),
                    Ok((status, answer)) => panic!("{status}: {answer}"),
                    Err(_) => return,
                }
            }
        })
    });
    let workers = workers.collect::<Vec<_>>();
    let began = Instant::now();
    while acknowledged.lock().unwrap().len() < 300 {
        assert!(began.elapsed() < Duration::from_secs(60), "only {}", acknowledged.lock().unwrap().len());
        std::thread::yield_now();
    }
    server.kill_nine();
    stop.store(true, Ordering::Relaxed);
    workers.into_iter().for_each(|worker| worker.join().unwrap());

    let again = Server::start(&data);
    let session = again.sign_in();
    let mut known = HashMap::<u64, u64>::new();
    let mut cursor = String::new();
    loop {
        let page = again.get(&session, &format!("/api/v1/alerts?limit=200{cursor}"));
        for alert in page["items"].as_array().unwrap() {
            assert!(alert["ticket"]["reference"].is_string(), "an alert without its ticket: {alert}");
            *known.entry(alert["incident_id"].as_str().unwrap().parse().unwrap()).or_default() += 1;
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    for number in acknowledged.lock().unwrap().iter() {
        assert_eq!(known.get(number), Some(&1), "incident {number}");
    }
    assert!(known.values().all(|count| *count == 1), "some incident has two alerts");
}
