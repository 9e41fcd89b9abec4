//! CPU seconds of this process, so that a busy machine does not count.

/// User and system seconds of this process so far; wall seconds where the system does not say.
pub fn seconds() -> f64 {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else { return wall() };
    // Fields 14 and 15, counted after the name in brackets; in hundredths of a second on Linux.
    let after_name = stat.rsplit(')').next().unwrap_or("");
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|ticks| ticks.parse::<f64>().ok());
    match (ticks(11), ticks(12)) {
        (Some(user), Some(system)) => (user + system) / 100.0,
        _ => wall(),
    }
}

fn wall() -> f64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0.0, |now| now.as_secs_f64())
}
