"""A headless Chromium, driven by its own protocol (DevTools) over two pipes: no port, no library."""
import base64
import json
import os
import subprocess


class Browser:
    """One page, as wide as it is told. Its profile lives in `home`. It is shown pages of ours alone, so it needs no sandbox,
    which a machine without user namespaces would refuse."""

    def __init__(self, home):
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        words = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
                 "--font-render-hinting=none", "--disable-lcd-text", "--force-color-profile=srgb",
                 f"--user-data-dir={home}", "--remote-debugging-pipe", "about:blank"]
        self._process = subprocess.Popen(["sh", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "sh", *words],
                                         pass_fds=(theirs_in, theirs_out), stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        self._in, self._out = os.fdopen(ours_in, "rb"), os.fdopen(ours_out, "wb")
        self._asked, self._session, self._rest = 0, None, b""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._frame = self.ask("Page.getFrameTree")["frameTree"]["frame"]["id"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._session = None
        self.ask("Browser.close")
        self._process.wait()

    def ask(self, method, **params):
        """One request, and the answer to it; events in between are passed over."""
        self._asked += 1
        request = {"id": self._asked, "method": method, "params": params}
        if self._session is not None:
            request["sessionId"] = self._session
        self._out.write(json.dumps(request).encode() + b"\0")
        self._out.flush()
        while True:
            answer = json.loads(self._message())
            if answer.get("id") == self._asked:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def _message(self):
        while b"\0" not in self._rest:
            more = self._in.read1(1 << 20)
            if not more:
                raise RuntimeError("Chromium has ended")
            self._rest += more
        message, self._rest = self._rest.split(b"\0", 1)
        return message

    def draw(self, page, width, *, dark=False):
        """A page in full height, as PNG. One that does not fit the width is an error."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=100, deviceScaleFactor=1, mobile=True)
        self.ask("Emulation.setEmulatedMedia",
                 features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.ask("Page.setDocumentContent", frameId=self._frame, html=page)
        size = self.ask("Runtime.evaluate", returnByValue=True, awaitPromise=True, expression=(
            "document.fonts.ready.then(() => document.documentElement).then(page => [page.scrollWidth, page.scrollHeight])"))
        wide, high = size["result"]["value"]
        if wide > width:
            raise RuntimeError(f"a page is {wide} pixels wide, in a window of {width}")
        shot = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                        clip={"x": 0, "y": 0, "width": width, "height": high, "scale": 1})
        return base64.b64decode(shot["data"])
