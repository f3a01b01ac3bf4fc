//! A generated tenant in bad weather: whatever goes wrong and is got over, the same meetings come out.

use e2e::Source;
use graph_sim::{Fault, RetryAfter, Simulator, generate, when};

use crate::case::Area;
use crate::setting::workplace;

pub(crate) fn area() -> Area {
    Area::new("Bad weather").case(
        "a pass through cut connections, bad gateways, throttling and odd pages brings what one in good weather brings",
        "Microsoft Graph best practices",
        a_pass_through_bad_weather,
    )
}

fn a_pass_through_bad_weather() {
    let now = chrono::DateTime::from_timestamp(1_773_050_400, 0).unwrap();
    let tenant = generate(7, 60, 3, now);
    let domain = tenant.domain().to_owned();
    let simulator = Simulator::start(tenant).unwrap();
    let source = Source::contoso(&simulator).setting("tenant", &domain);
    let good = workplace(&source).collect(&[]).unwrap();
    assert!(good.stdout.lines().count() > 100, "{}", good.stderr);
    let weather = [
        when("/v1.0/").outer().chance(0.05).then(Fault::CutInside),
        when("/v1.0/").outer().chance(0.05).then(Fault::CutBefore),
        when("/v1.0/").outer().chance(0.05).then(Fault::BadGateway),
        when("/v1.0/")
            .outer()
            .chance(0.05)
            .then(Fault::Unavailable(RetryAfter::Seconds(0))),
        when("/v1.0/").outer().chance(0.1).then(Fault::Gzip),
        when("calendarView")
            .inner()
            .chance(0.1)
            .then(Fault::Throttled(RetryAfter::Text("0.5".into()))),
        when("calendarView").inner().chance(0.1).then(Fault::EmptyPage),
        when("calendarView")
            .inner()
            .chance(0.1)
            .then(Fault::TrailingEmptyPage),
        when("calendarView")
            .inner()
            .chance(0.3)
            .then(Fault::RepeatedEvent),
    ];
    for seed in 1..=3 {
        simulator.no_more_faults();
        simulator.seed(seed);
        weather.iter().cloned().for_each(|rule| simulator.inject(rule));
        let bad = workplace(&source).collect(&[]).unwrap();
        assert_eq!(bad.code, good.code, "seed {seed}: {}", bad.stderr);
        assert!(
            bad.stdout == good.stdout,
            "seed {seed}: {} and {} lines",
            bad.stdout.lines().count(),
            good.stdout.lines().count()
        );
    }
}
