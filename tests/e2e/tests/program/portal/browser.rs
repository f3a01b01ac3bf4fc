//! What the tests of the portal rely on: the browser sees and does what a person would, and tells of what a page's policy forbids.

use e2e::{Browser, Page, Pages, screenshots};

const FORM: &str = r#"<!DOCTYPE html>
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<style nonce="n">
    @media (prefers-color-scheme: dark) { body { background: black; color: white } .light { display: none } }
    @media not (prefers-color-scheme: dark) { .dark { display: none } }
    @media (max-width: 500px) { .wide { display: none } }
    .tall { height: 3000px }
</style>
<form action="/sent">
    <input name="name" value="old">
    <select name="cloud"><option value="global">Global</option><option value="us'1">US</option></select>
    <details><summary>More "options"</summary><p>unfolded</p></details>
    <button hidden>Send</button>
    <button>Send</button>
</form>
<p class="light">by day</p><p class="dark">by night</p><p class="wide">wide</p>
<div class="tall"></div>"#;

const POLICY: &str =
    "Content-Security-Policy: default-src 'none'; style-src 'nonce-n'; img-src data:; form-action 'self'";

fn serve() -> anyhow::Result<Pages> {
    let html = "Content-Type: text/html; charset=utf-8";
    Pages::serve(&[
        Page::refused("/", 200, &[html, POLICY], FORM),
        Page::refused(
            "/sent",
            200,
            &[html, POLICY],
            r#"<link rel="icon" href="data:,"><h1>Sent</h1>"#,
        ),
        Page::refused(
            "/script",
            200,
            &[html, POLICY],
            r#"<link rel="icon" href="data:,"><h1>Before</h1><script>document.querySelector("h1").innerText = "After"</script>"#,
        ),
    ])
}

#[test]
fn a_form_is_filled_in_and_sent() -> anyhow::Result<()> {
    let Some(browser) = Browser::start()? else {
        return Ok(());
    };
    let pages = serve()?;
    browser.open(&pages.origin())?;
    assert_eq!(browser.value("[name=name]")?, "old");
    browser.fill("[name=name]", "Zoë & \"co\"")?;
    browser.choose("[name=cloud]", "us'1")?;
    assert_eq!(browser.value("[name=cloud]")?, "us'1");

    // What is folded or hidden is there and not shown.
    assert!(browser.exists("details p")?);
    assert_eq!(browser.texts("details p")?, Vec::<String>::new());
    assert!(browser.text("details p").is_err());
    browser.click_text("More \"options\"")?;
    browser.wait_for_text("details p", "unfolded")?;
    assert_eq!(browser.texts("button")?, ["Send"]);

    browser.click_text("Send")?;
    browser.wait_for_text("h1", "Sent")?;
    assert_eq!(
        browser.url()?,
        format!("{}/sent?name=Zo%C3%AB+%26+%22co%22&cloud=us%271", pages.origin())
    );
    assert!(!browser.exists("form")?);
    assert_eq!(browser.script_errors()?, Vec::<String>::new());
    Ok(())
}

#[test]
fn a_page_is_shown_by_day_and_by_night_on_a_desk_and_on_a_phone() -> anyhow::Result<()> {
    let Some(browser) = Browser::start()? else {
        return Ok(());
    };
    let pages = serve()?;
    browser.open(&pages.origin())?;
    for (dark, width, expected) in [
        (false, 1280, vec!["by day", "wide"]),
        (true, 1280, vec!["by night", "wide"]),
        (true, 390, vec!["by night"]),
    ] {
        browser.dark(dark)?;
        browser.size(width, 844)?;
        // It stays so when the next page is opened.
        browser.open(&pages.origin())?;
        assert_eq!(
            browser.texts("p.light, p.dark, p.wide")?,
            expected,
            "{dark} {width}"
        );
        let file = screenshots().join("browser.png");
        browser.screenshot(&file)?;
        let (shown, height) = png_size(&std::fs::read(&file)?);
        std::fs::remove_file(&file)?;
        assert_eq!(shown, width);
        assert!(height > 3000, "{height}");
    }
    Ok(())
}

/// Width and height out of the head of a PNG file.
fn png_size(file: &[u8]) -> (u32, u32) {
    let number = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().unwrap());
    assert_eq!(&file[1..4], b"PNG");
    (number(16), number(20))
}

#[test]
fn a_script_that_the_policy_forbids_is_an_error_and_does_nothing() -> anyhow::Result<()> {
    let Some(browser) = Browser::start()? else {
        return Ok(());
    };
    let pages = serve()?;
    browser.open(&format!("{}/script", pages.origin()))?;
    assert_eq!(browser.text("h1")?, "Before");
    let errors = browser.wait_for("an error on the console", |browser| {
        let errors = browser.script_errors().ok()?;
        (!errors.is_empty()).then_some(errors)
    })?;
    assert!(errors[0].contains("Content Security Policy"), "{errors:?}");
    assert_eq!(browser.script_errors()?, Vec::<String>::new());
    Ok(())
}
