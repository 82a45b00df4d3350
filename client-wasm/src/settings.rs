//! What a caller may set of a session, as `js/arguments.js` has checked and completed it.

use pop3_proto::{Config, Drain, Limits, Window};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// The options of `connect` that are about the session: whole numbers, times in milliseconds,
    /// sizes in octets. 0 stands for a time that is not limited.
    pub type Settings;

    #[wasm_bindgen(method, getter, js_name = connectTimeout)]
    fn connect_timeout(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter, js_name = commandTimeout)]
    fn command_timeout(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter, js_name = sessionTimeout)]
    fn session_timeout(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter, js_name = readTimeout)]
    fn read_timeout(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter, js_name = keepAlive)]
    fn keep_alive(this: &Settings) -> f64;

    #[wasm_bindgen(method, getter, js_name = drainOctets)]
    fn drain_octets(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter, js_name = drainTimeout)]
    fn drain_timeout(this: &Settings) -> f64;

    #[wasm_bindgen(method, getter, js_name = windowCommands)]
    fn window_commands(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter, js_name = windowCommandOctets)]
    fn window_command_octets(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter, js_name = windowAnswerOctets)]
    fn window_answer_octets(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter, js_name = windowAssumedMessage)]
    fn window_assumed_message(this: &Settings) -> f64;

    #[wasm_bindgen(method, getter, js_name = limitStatusLine)]
    fn limit_status_line(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter, js_name = limitChallenge)]
    fn limit_challenge(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter, js_name = limitListLine)]
    fn limit_list_line(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter, js_name = limitListLines)]
    fn limit_list_lines(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter, js_name = limitCapabilities)]
    fn limit_capabilities(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter, js_name = limitMessage)]
    fn limit_message(this: &Settings) -> f64;
}

// A float-to-integer cast saturates, so no value that slipped through could do more than be odd.
impl Settings {
    pub(crate) fn config(&self) -> Config {
        Config {
            greeting_timeout: self.connect_timeout() as u64,
            command_timeout: self.command_timeout() as u64,
            session_timeout: limited(self.session_timeout()),
            keep_alive: limited(self.keep_alive()),
            pause_timeout: self.read_timeout() as u64,
            drain: Drain {
                octets: self.drain_octets() as u64,
                milliseconds: self.drain_timeout() as u64,
            },
            window: Window {
                commands: self.window_commands() as usize,
                command_octets: self.window_command_octets() as usize,
                answer_octets: self.window_answer_octets() as u64,
                assumed_message: self.window_assumed_message() as u64,
                ..Window::default()
            },
            limits: Limits {
                status_line: self.limit_status_line() as usize,
                challenge: self.limit_challenge() as usize,
                list_line: self.limit_list_line() as usize,
                list_lines: self.limit_list_lines() as usize,
                capabilities: self.limit_capabilities() as usize,
                message: self.limit_message() as u64,
            },
        }
    }
}

fn limited(milliseconds: f64) -> Option<u64> {
    (milliseconds > 0.0).then_some(milliseconds as u64)
}
