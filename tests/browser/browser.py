"""A headless Chromium, driven through chromedriver by the W3C WebDriver protocol. Standard library only."""

import base64
import json
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

KEYS = {"ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015", "Home": "\ue011",
        "End": "\ue010", "Enter": "\ue007", "Escape": "\ue00c", "Tab": "\ue004"}
SECONDS_TO_START = 60


class Browser:
    """Use it in a `with`: the browser, its driver and their files are gone afterwards, whatever happens."""

    def __enter__(self):
        for program, package in (("chromedriver", "chromium-driver"), ("chromium", "chromium")):
            if shutil.which(program) is None:
                raise RuntimeError(f"`{program}` is missing: apt-get install {package}")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.base = f"http://127.0.0.1:{free.getsockname()[1]}"
        self.profile = tempfile.mkdtemp(prefix="interleave-browser-")
        self.driver = subprocess.Popen(["chromedriver", f"--port={self.base.rsplit(':', 1)[1]}"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.session = None
        try:
            self._wait_for_driver()
            arguments = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                         "--no-first-run", f"--user-data-dir={self.profile}", "--window-size=1400,1000"]
            self.session = self._call("POST", "/session", {"capabilities": {"alwaysMatch": {
                "browserName": "chrome", "unhandledPromptBehavior": "ignore", "goog:loggingPrefs": {"browser": "ALL"},
                "goog:chromeOptions": {"binary": shutil.which("chromium"), "args": arguments}}}})["sessionId"]
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.session:
            try:
                self._call("DELETE", f"/session/{self.session}")
            except (OSError, RuntimeError):
                pass
        self.driver.kill()
        self.driver.wait()
        subprocess.run(["pkill", "-KILL", "-f", f"user-data-dir={self.profile}"], check=False)
        shutil.rmtree(self.profile, ignore_errors=True)

    def _wait_for_driver(self):
        end = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(self.base + "/status", timeout=5)
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("chromedriver does not answer")

    def _call(self, method, path, body=None):
        data = None if method == "GET" else json.dumps(body or {}).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode(errors="replace")[:600]) from error

    def _do(self, method, path, body=None):
        return self._call(method, f"/session/{self.session}{path}", body)

    def open(self, path, fragment=""):
        """A new document, also where only the fragment differs."""
        self._do("POST", "/url", {"url": "about:blank"})
        self._do("POST", "/url", {"url": pathlib.Path(path).as_uri() + fragment})

    def script(self, text, *arguments):
        return self._do("POST", "/execute/sync", {"script": text, "args": list(arguments)})

    def press(self, *keys):
        actions = []
        for key in keys:
            value = KEYS.get(key, key)
            actions += [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]
        self._do("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def click(self, selector, number=0):
        """With the mouse, where it is seen."""
        found = self._do("POST", "/elements", {"using": "css selector", "value": selector})
        element = next(iter(found[number].values()))
        self._do("POST", f"/element/{element}/click")

    def back(self):
        self._do("POST", "/back")

    def resize(self, width, height):
        self._do("POST", "/window/rect", {"width": width, "height": height})

    def be_phone(self, width, height):
        """The screen of a small device; None: no longer."""
        command, parameters = "Emulation.clearDeviceMetricsOverride", {}
        if width:
            command = "Emulation.setDeviceMetricsOverride"
            parameters = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": True}
        self._do("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def print_at(self, width):
        """As on paper of that width; None: no longer."""
        for command, parameters in (("Emulation.setEmulatedMedia", {"media": "print" if width else ""}),
                                    ("Emulation.setDeviceMetricsOverride" if width else "Emulation.clearDeviceMetricsOverride",
                                     {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False} if width else {})):
            self._do("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def log(self):
        """What the page wrote to its console, errors and refusals included."""
        return [entry["message"] for entry in self._do("POST", "/se/log", {"type": "browser"})]

    def has_dialog(self):
        try:
            self._do("GET", "/alert/text")
            return True
        except RuntimeError:
            return False

    def screenshot(self, path):
        path.write_bytes(base64.b64decode(self._do("GET", "/screenshot")))
