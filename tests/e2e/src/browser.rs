//! Chromium as a person uses it: opens, reads, fills in and clicks pages, one step after the other.
//! `chromium` finds and starts it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::build::target;
use crate::chromium::Driver;

/// Longest wait for a condition.
const PATIENCE: Duration = Duration::from_secs(60);
/// Time between two looks at a page.
const LOOK: Duration = Duration::from_millis(50);
/// How long the browser has to end by itself before the test kills it.
const FAREWELL: Duration = Duration::from_secs(10);
/// Narrower windows count as a phone's, for which the page's viewport declaration applies.
const PHONE: u32 = 600;

/// A browser with one window and an empty profile. Dropping it ends all its processes.
///
/// Selectors are CSS. Methods that click or fill in wait for the element. For tests without a runtime of their own.
pub struct Browser {
    client: Client,
    runtime: Runtime,
    // Last, so that it ends after the session.
    _driver: Driver,
}

impl Browser {
    /// Starts a browser of 1280 by 900. Without Chromium or its driver, says so on standard error and returns `None`.
    ///
    /// # Errors
    /// It is installed but does not start; or it is not installed and `CI` is set.
    pub fn start() -> anyhow::Result<Option<Self>> {
        let Some(driver) = Driver::start()? else {
            return Ok(None);
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let client = runtime
            .block_on(
                ClientBuilder::new(HttpConnector::new())
                    .capabilities(driver.capabilities())
                    .connect(&driver.url()),
            )
            .context("chromium did not start")?;
        Ok(Some(Self {
            client,
            runtime,
            _driver: driver,
        }))
    }

    /// Goes to an address and waits until the page is loaded.
    ///
    /// # Errors
    /// No server answers.
    pub fn open(&self, url: &str) -> anyhow::Result<()> {
        self.runtime
            .block_on(self.client.goto(url))
            .with_context(|| format!("cannot open {url}"))
    }

    /// The address of the page.
    ///
    /// # Errors
    /// The browser has ended.
    pub fn url(&self) -> anyhow::Result<String> {
        Ok(self.runtime.block_on(self.client.current_url())?.into())
    }

    /// Clicks the first matching element, as soon as possible.
    ///
    /// # Errors
    /// There was none within a minute, or another element covered it.
    pub fn click(&self, css: &str) -> anyhow::Result<()> {
        self.act(css, async |client| {
            press(client, client.find(Locator::Css(css)).await?).await?;
            Ok(true)
        })
    }

    /// Clicks the button, link or summary with exactly this text.
    ///
    /// # Errors
    /// See [`Browser::click`].
    pub fn click_text(&self, text: &str) -> anyhow::Result<()> {
        let path = format!(
            "//*[self::button or self::a or self::summary][normalize-space(.)={}]",
            literal(text)
        );
        self.act(&format!("button or link {text:?}"), async |client| {
            for element in client.find_all(Locator::XPath(&path)).await? {
                // A page may have it twice, for wide and narrow windows.
                if element.is_displayed().await? {
                    press(client, element).await?;
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }

    /// Replaces the content of a field.
    ///
    /// # Errors
    /// There was no such field within a minute, or it is not editable.
    pub fn fill(&self, css: &str, text: &str) -> anyhow::Result<()> {
        self.act(css, async |client| {
            let field = client.find(Locator::Css(css)).await?;
            field.clear().await?;
            field.send_keys(text).await?;
            Ok(true)
        })
    }

    /// Chooses the option with this value of a list.
    ///
    /// # Errors
    /// There was no such list or option within a minute.
    pub fn choose(&self, css: &str, value: &str) -> anyhow::Result<()> {
        let path = format!(".//option[@value={}]", literal(value));
        self.act(&format!("option {value:?} of {css}"), async |client| {
            let list = client.find(Locator::Css(css)).await?;
            list.find(Locator::XPath(&path)).await?.click().await?;
            Ok(true)
        })
    }

    /// The text of the first matching element that is visible.
    ///
    /// # Errors
    /// There is none.
    pub fn text(&self, css: &str) -> anyhow::Result<String> {
        let first = self.texts(css)?.into_iter().next();
        first.with_context(|| format!("{css} is not visible at {}", self.url().unwrap_or_default()))
    }

    /// The texts of all matching elements that are visible.
    ///
    /// # Errors
    /// The selector is invalid.
    pub fn texts(&self, css: &str) -> anyhow::Result<Vec<String>> {
        // In one step, so that a page cannot change between finding and reading.
        let script = "return Array.from(document.querySelectorAll(arguments[0]))\
                      .filter(element => element.checkVisibility({visibilityProperty: true}))\
                      .map(element => element.innerText.trim())";
        Ok(serde_json::from_value(self.script(script, css)?)?)
    }

    /// The content of the first matching field.
    ///
    /// # Errors
    /// There is none.
    pub fn value(&self, css: &str) -> anyhow::Result<String> {
        let found = self.script("return document.querySelector(arguments[0])?.value", css)?;
        let text = found.as_str().with_context(|| format!("no field {css}"))?;
        Ok(text.to_owned())
    }

    /// Whether an element matches, visible or not.
    ///
    /// # Errors
    /// The selector is invalid.
    pub fn exists(&self, css: &str) -> anyhow::Result<bool> {
        let found = self.script("return document.querySelector(arguments[0]) !== null", css)?;
        Ok(found == json!(true))
    }

    /// The value of a JavaScript expression on the page.
    ///
    /// # Errors
    /// It threw.
    pub fn evaluate(&self, expression: &str) -> anyhow::Result<Value> {
        self.script(&format!("return ({expression})"), "")
            .with_context(|| expression.to_owned())
    }

    /// Presses a key (its character, such as `\u{e014}` for the right arrow) in the element that has the focus.
    ///
    /// # Errors
    /// Nothing has the focus.
    pub fn press(&self, key: &str) -> anyhow::Result<()> {
        Ok(self
            .runtime
            .block_on(async { self.client.active_element().await?.send_keys(key).await })?)
    }

    /// Waits for a tab beside this one, goes to it, and works there until it is closed.
    ///
    /// # Errors
    /// See [`Browser::wait_for`].
    pub fn to_new_tab(&self) -> anyhow::Result<()> {
        let tab = self.wait_for("a new tab", |browser| {
            let tabs = browser.runtime.block_on(browser.client.windows()).ok()?;
            tabs.into_iter().nth(1)
        })?;
        Ok(self.runtime.block_on(self.client.switch_to_window(tab))?)
    }

    /// Closes the new tab, and goes back to the first one.
    ///
    /// # Errors
    /// The browser has ended.
    pub fn close_tab(&self) -> anyhow::Result<()> {
        self.runtime.block_on(async {
            self.client.close_window().await?;
            let first = self.client.windows().await?.into_iter().next();
            let first = first.context("no tab is left")?;
            Ok(self.client.switch_to_window(first).await?)
        })
    }

    /// Waits until `condition` returns a value.
    ///
    /// # Errors
    /// It returned none within a minute. The error tells `what` was awaited and what the page shows.
    pub fn wait_for<T>(&self, what: &str, condition: impl Fn(&Self) -> Option<T>) -> anyhow::Result<T> {
        let begun = Instant::now();
        loop {
            if let Some(found) = condition(self) {
                return Ok(found);
            }
            if begun.elapsed() > PATIENCE {
                bail!("waited in vain for: {what}; {}", self.situation());
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Waits until a matching element shows exactly this text. After a click use this, not [`Browser::text`], which reads the old page
    /// until the next one is there.
    ///
    /// # Errors
    /// See [`Browser::wait_for`].
    pub fn wait_for_text(&self, css: &str, text: &str) -> anyhow::Result<()> {
        self.wait_for(&format!("{css} with the text {text:?}"), |browser| {
            let texts = browser.texts(css).ok()?;
            texts.iter().any(|found| found == text).then_some(())
        })
    }

    /// Waits until a matching element shows a text that contains `part`.
    ///
    /// # Errors
    /// See [`Browser::wait_for`].
    pub fn wait_for_part(&self, css: &str, part: &str) -> anyhow::Result<()> {
        self.wait_for(&format!("{css} with {part:?} in its text"), |browser| {
            let texts = browser.texts(css).ok()?;
            texts.iter().any(|found| found.contains(part)).then_some(())
        })
    }

    /// Writes a picture of the whole page, beyond the window too, as PNG. Creates the directory if it is missing.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn screenshot(&self, path: impl AsRef<Path>) -> anyhow::Result<()> {
        let path = path.as_ref();
        let layout = self.devtools("Page.getLayoutMetrics", json!({}))?;
        let size = layout.get("cssContentSize").context("no size of the page")?;
        let clip =
            json!({"x": 0, "y": 0, "width": size.get("width"), "height": size.get("height"), "scale": 1});
        let taken = self.devtools(
            "Page.captureScreenshot",
            json!({"format": "png", "captureBeyondViewport": true, "clip": clip}),
        )?;
        let picture = taken.get("data").and_then(Value::as_str).context("no picture")?;
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        std::fs::write(path, STANDARD.decode(picture)?).with_context(|| path.display().to_string())
    }

    /// Shows pages in dark or light colours, as if the user preferred them.
    ///
    /// # Errors
    /// The browser has ended.
    pub fn dark(&self, dark: bool) -> anyhow::Result<()> {
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.devtools("Emulation.setEmulatedMedia", json!({"features": features}))?;
        Ok(())
    }

    /// Shows pages in a window of this size, in CSS pixels; as on a phone if narrower than 600.
    ///
    /// # Errors
    /// The browser has ended.
    pub fn size(&self, width: u32, height: u32) -> anyhow::Result<()> {
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < PHONE});
        self.devtools("Emulation.setDeviceMetricsOverride", metrics)?;
        Ok(())
    }

    /// Takes the errors on the browser's console since the last call: failed scripts, violations of a Content-Security-Policy, missing
    /// resources.
    ///
    /// # Errors
    /// The browser has ended.
    pub fn script_errors(&self) -> anyhow::Result<Vec<String>> {
        let log = self.command("se/log", json!({"type": "browser"}))?;
        let entries = log.as_array().context("the log is not a list")?;
        let text = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
        Ok(entries
            .iter()
            .filter(|entry| text(entry, "level").as_deref() == Some("SEVERE"))
            .filter_map(|entry| text(entry, "message"))
            .collect())
    }

    /// What the session of the page gets from an address, as text.
    ///
    /// # Errors
    /// The browser has ended, or the answer is not one of 200.
    pub fn fetched(&self, url: &str) -> anyhow::Result<String> {
        const RUN: &str = "const done = arguments[arguments.length - 1];
            fetch(arguments[0]).then(async (answer) => done(answer.ok ? await answer.text() : null)).catch(() => done(null));";
        let text = self
            .runtime
            .block_on(self.client.execute_async(RUN, vec![json!(url)]))?;
        text.as_str().map(str::to_owned).with_context(|| url.to_owned())
    }

    /// The addresses that elements lead to.
    ///
    /// # Errors
    /// The selector is invalid.
    pub fn links(&self, css: &str) -> anyhow::Result<Vec<String>> {
        let found = self.script(
            // Those in drawings are objects.
            "return [...document.querySelectorAll(arguments[0])].map((link) => new URL(link.href.baseVal ?? link.href, document.baseURI).href)",
            css,
        )?;
        Ok(serde_json::from_value(found)?)
    }

    /// What keeps people from using the page, as axe-core finds it: the rule, and where it is broken. None if axe-core is not installed
    /// (`tests/axe.sh`).
    ///
    /// # Errors
    /// It does not run; or it is not installed and `CI` is set.
    pub fn barriers(&self) -> anyhow::Result<Option<Vec<String>>> {
        const RUN: &str = "const done = arguments[arguments.length - 1];
            axe.run(document, { resultTypes: ['violations'] })
                .then((found) => done(found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target).join(', ')}`)))
                .catch((error) => done([`axe-core failed: ${error}`]));";
        let path = target().join("axe/package/axe.min.js");
        let axe = match std::fs::read_to_string(&path) {
            Ok(axe) => axe,
            Err(_) if std::env::var_os("CI").is_none() => return Ok(None),
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        };
        let found = self.runtime.block_on(async {
            self.client.execute(&axe, Vec::new()).await?;
            self.client.execute_async(RUN, Vec::new()).await
        })?;
        Ok(Some(serde_json::from_value(found)?))
    }

    /// Repeats an action on the page until it succeeds, because elements come and go while a page updates itself.
    fn act(&self, what: &str, action: impl AsyncFn(&Client) -> Result<bool, CmdError>) -> anyhow::Result<()> {
        let begun = Instant::now();
        loop {
            let refused = match self.runtime.block_on(action(&self.client)) {
                Ok(true) => return Ok(()),
                Ok(false) => None,
                Err(error) => Some(error),
            };
            let over = begun.elapsed() > PATIENCE || refused.as_ref().is_some_and(|error| !may_pass(error));
            match (over, refused) {
                (false, _) => std::thread::sleep(LOOK),
                (true, Some(error)) => {
                    return Err(error).with_context(|| format!("{what}: {}", self.situation()));
                }
                (true, None) => bail!("no {what}: {}", self.situation()),
            }
        }
    }

    fn script(&self, script: &str, argument: &str) -> anyhow::Result<Value> {
        self.runtime
            .block_on(self.client.execute(script, vec![json!(argument)]))
            .with_context(|| argument.to_owned())
    }

    fn devtools(&self, method: &str, parameters: Value) -> anyhow::Result<Value> {
        self.command("goog/cdp/execute", json!({"cmd": method, "params": parameters}))
    }

    fn command(&self, path: &'static str, body: Value) -> anyhow::Result<Value> {
        self.runtime
            .block_on(self.client.issue_cmd(Command { path, body }))
            .context(path)
    }

    /// The address and content of the page, for errors.
    fn situation(&self) -> String {
        let url = self.url().unwrap_or_default();
        format!("{url} shows:\n{}", self.text("body").unwrap_or_default())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let close = self.client.clone().close();
        // The driver is killed next in any case.
        let _ = self
            .runtime
            .block_on(async { tokio::time::timeout(FAREWELL, close).await });
    }
}

/// The directory for pictures of the pages: `screenshots` in Cargo's target directory.
#[must_use]
pub fn screenshots() -> PathBuf {
    target().join("screenshots")
}

/// A chromedriver command that is not in the standard.
#[derive(Debug)]
struct Command {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}

/// Whether an error is about the current state of the page, and may not recur.
fn may_pass(error: &CmdError) -> bool {
    matches!(error, CmdError::Standard(_)) && !error.is_invalid_selector() && !error.is_invalid_session_id()
}

/// Clicks an element when all of it is in view, as a person would: a button of which one pixel shows may slip from under the pointer.
async fn press(client: &Client, element: Element) -> Result<(), CmdError> {
    let of_element = vec![serde_json::to_value(&element)?];
    client
        .execute("arguments[0].scrollIntoView({block: 'nearest'})", of_element)
        .await?;
    element.click().await
}

/// A text as an `XPath` literal, which has no escapes.
fn literal(text: &str) -> String {
    if text.contains('"') {
        let parts: Vec<String> = text.split('"').map(|part| format!("\"{part}\"")).collect();
        format!("concat({})", parts.join(", '\"', "))
    } else {
        format!("\"{text}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_with_both_kinds_of_quotes_is_put_together() {
        assert_eq!(literal("Sign in"), "\"Sign in\"");
        assert_eq!(literal("it's"), "\"it's\"");
        assert_eq!(literal("a\"b'c"), "concat(\"a\", '\"', \"b'c\")");
    }
}
