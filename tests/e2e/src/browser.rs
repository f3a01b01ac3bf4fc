//! Chromium as a person uses it: pages are opened, read, filled in and clicked, one step after the other.
//! How it is found and started is in `chromium`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::build::target;
use crate::chromium::Driver;

/// How long something is waited for before it is clear that it does not come.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a page is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// How long the browser has to end by itself before it is killed.
const FAREWELL: Duration = Duration::from_secs(10);
/// Narrower than this, a window is taken for a phone's: the page's viewport declaration counts.
const PHONE: u32 = 600;

/// A browser with one window and an empty profile. It is ended, with all its processes, when this is dropped.
///
/// Selectors are those of CSS. What is pressed or filled in is waited for. For tests without a runtime of their own.
pub struct Browser {
    client: Client,
    runtime: Runtime,
    // Last, so that it ends after the session.
    _driver: Driver,
}

impl Browser {
    /// Starts a browser of 1280 by 900; none when Chromium or its driver is not installed, which is said on standard error.
    ///
    /// # Errors
    /// It is installed and does not start; or it is not installed, and `CI` is set.
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
    /// Nobody answers there.
    pub fn open(&self, url: &str) -> anyhow::Result<()> {
        self.runtime
            .block_on(self.client.goto(url))
            .with_context(|| format!("{url} cannot be opened"))
    }

    /// The address of the page.
    ///
    /// # Errors
    /// The browser is gone.
    pub fn url(&self) -> anyhow::Result<String> {
        Ok(self.runtime.block_on(self.client.current_url())?.into())
    }

    /// Presses the first element that fits, as soon as it can be pressed.
    ///
    /// # Errors
    /// There was none within a minute, or something lay over it.
    pub fn click(&self, css: &str) -> anyhow::Result<()> {
        self.act(css, async |client| {
            client.find(Locator::Css(css)).await?.click().await?;
            Ok(true)
        })
    }

    /// Presses the button, link or heading of a folded section that shows exactly this text.
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
                // A page may have it twice, for wide and for narrow windows.
                if element.is_displayed().await? {
                    element.click().await?;
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }

    /// Types into a field in place of what it holds.
    ///
    /// # Errors
    /// There was no such field within a minute, or one cannot type into it.
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

    /// The text of the first element that fits and is shown.
    ///
    /// # Errors
    /// None does.
    pub fn text(&self, css: &str) -> anyhow::Result<String> {
        let first = self.texts(css)?.into_iter().next();
        first.with_context(|| format!("{css} is not shown at {}", self.url().unwrap_or_default()))
    }

    /// The texts of all elements that fit and are shown.
    ///
    /// # Errors
    /// The selector is none.
    pub fn texts(&self, css: &str) -> anyhow::Result<Vec<String>> {
        // In one step: a page that updates itself must not change between finding and reading.
        let script = "return Array.from(document.querySelectorAll(arguments[0]))\
                      .filter(element => element.checkVisibility({visibilityProperty: true}))\
                      .map(element => element.innerText.trim())";
        Ok(serde_json::from_value(self.script(script, css)?)?)
    }

    /// What a field holds: the first that fits.
    ///
    /// # Errors
    /// There is none.
    pub fn value(&self, css: &str) -> anyhow::Result<String> {
        let found = self.script("return document.querySelector(arguments[0])?.value", css)?;
        let text = found
            .as_str()
            .with_context(|| format!("there is no field {css}"))?;
        Ok(text.to_owned())
    }

    /// Whether an element fits, shown or not.
    ///
    /// # Errors
    /// The selector is none.
    pub fn exists(&self, css: &str) -> anyhow::Result<bool> {
        let found = self.script("return document.querySelector(arguments[0]) !== null", css)?;
        Ok(found == json!(true))
    }

    /// Waits until `condition` gives something.
    ///
    /// # Errors
    /// It gave nothing within a minute; the error says what was waited for and what the page shows.
    pub fn wait_for<T>(&self, what: &str, condition: impl Fn(&Self) -> Option<T>) -> anyhow::Result<T> {
        let begun = Instant::now();
        loop {
            if let Some(found) = condition(self) {
                return Ok(found);
            }
            if begun.elapsed() > PATIENCE {
                bail!("this did not come: {what}; {}", self.situation());
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Waits until an element that fits shows exactly this text. After something was pressed, this and not [`Browser::text`] tells
    /// whether the next page is there: until it comes, the old one is read.
    ///
    /// # Errors
    /// See [`Browser::wait_for`].
    pub fn wait_for_text(&self, css: &str, text: &str) -> anyhow::Result<()> {
        self.wait_for(&format!("{css} with the text {text:?}"), |browser| {
            let texts = browser.texts(css).ok()?;
            texts.iter().any(|found| found == text).then_some(())
        })
    }

    /// Waits until an element that fits shows a text that holds `part`.
    ///
    /// # Errors
    /// See [`Browser::wait_for`].
    pub fn wait_for_part(&self, css: &str, part: &str) -> anyhow::Result<()> {
        self.wait_for(&format!("{css} with {part:?} in its text"), |browser| {
            let texts = browser.texts(css).ok()?;
            texts.iter().any(|found| found.contains(part)).then_some(())
        })
    }

    /// Writes a picture of the whole page, also of what is below the window, as PNG; makes the directory when it is not there.
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

    /// Has pages shown as for somebody who prefers dark colours, or light ones.
    ///
    /// # Errors
    /// The browser is gone.
    pub fn dark(&self, dark: bool) -> anyhow::Result<()> {
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.devtools("Emulation.setEmulatedMedia", json!({"features": features}))?;
        Ok(())
    }

    /// Has pages shown in a window of this size, in CSS pixels; as on a phone when it is narrower than 600.
    ///
    /// # Errors
    /// The browser is gone.
    pub fn size(&self, width: u32, height: u32) -> anyhow::Result<()> {
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < PHONE});
        self.devtools("Emulation.setDeviceMetricsOverride", metrics)?;
        Ok(())
    }

    /// The errors on the browser's console since this was last asked: scripts that failed, what a Content-Security-Policy
    /// forbade, resources that could not be loaded.
    ///
    /// # Errors
    /// The browser is gone.
    pub fn script_errors(&self) -> anyhow::Result<Vec<String>> {
        let log = self.command("se/log", json!({"type": "browser"}))?;
        let entries = log.as_array().context("the log is no list")?;
        let text = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
        Ok(entries
            .iter()
            .filter(|entry| text(entry, "level").as_deref() == Some("SEVERE"))
            .filter_map(|entry| text(entry, "message"))
            .collect())
    }

    /// Does something to the page again and again until it is done: elements come and go while a page updates itself.
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
                (true, None) => bail!("{what} is not there: {}", self.situation()),
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

    /// Where the browser is and what it shows, for errors.
    fn situation(&self) -> String {
        let url = self.url().unwrap_or_default();
        format!("{url} shows:\n{}", self.text("body").unwrap_or_default())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let close = self.client.clone().close();
        // Its driver is killed next in any case.
        let _ = self
            .runtime
            .block_on(async { tokio::time::timeout(FAREWELL, close).await });
    }
}

/// Where the tests put pictures of the pages: `screenshots` in Cargo's target directory.
#[must_use]
pub fn screenshots() -> PathBuf {
    target().join("screenshots")
}

/// A command of chromedriver that the standard does not have.
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

/// Whether an error is about what the page shows at this moment, and may not come again.
fn may_pass(error: &CmdError) -> bool {
    matches!(error, CmdError::Standard(_)) && !error.is_invalid_selector() && !error.is_invalid_session_id()
}

/// A text as `XPath` writes it, which knows no escapes.
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
