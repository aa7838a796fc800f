"""The rules of the house: what may import what, what ships, what the repository may and may not
hold.
"""

import ast
import importlib
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

import robot
from tests.support.sources import tree_of

ROOT = Path(__file__).resolve().parents[1]
TOP_LEVEL = re.compile(
    r"\..+|robot|flows|selectors|recordings|tests|requirements.*"
    r"|pyproject\.toml|README\.md|Makefile|CHANGELOG\.md|CONTRIBUTING\.md|LICENSE"
)
#: A file may be that long if it is one thing.
MOST_LINES = 400
#: Columns of a line.
WIDTH = 100
#: Columns of a docstring's first line.
MOST_COLUMNS = 80
#: Letters of a test's name.
MOST_LETTERS = 60

CLOCKS = {"now", "utcnow", "today"}


# ---- reading the source -------------------------------------------------------------------------


@cache
def sources() -> dict[str, Path]:
    """Every module of robot and flows by its dotted name."""
    found = {}
    for path in [*ROOT.glob("robot/**/*.py"), *ROOT.glob("flows/**/*.py")]:
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def tree(module: str) -> ast.Module:
    return tree_of(sources()[module])


# ---- arrows -------------------------------------------------------------------------------------


def test_arrows_run_one_way():
    """The contracts that pyproject.toml states: layers, what flows may not know, a pure rule."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)
    assert answer.returncode == 0, answer.stdout


def test_packages_name_all_their_rooms():
    """A package's docstring is its map: each of its modules and packages is on it."""
    wrong = []
    for module, path in sources().items():
        if path.name != "__init__.py" or module == "robot" or "migrations" in module:
            continue
        rooms = {one.stem for one in path.parent.glob("*.py")} - {"__init__"}
        rooms |= {one.parent.name for one in path.parent.glob("*/__init__.py")}
        named = set(re.findall(r"``(\w+)``", ast.get_docstring(tree(module)) or ""))
        wrong += [f"{module}: {room}" for room in sorted(rooms - named)]
    assert not wrong


def test_readme_names_what_stands_below_the_packages():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    below = text.partition("Below them stand")[2].partition("\n\n")[0]
    named = set(re.findall(r"`(?:robot/)?(\w+)`", below))
    assert {one.stem for one in ROOT.glob("robot/[a-z]*.py")} <= named


def test_readme_shows_the_packages_and_their_arrows():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    rooms = [room.strip() for layer in layers for room in re.split("[|:]", layer)]
    packages = [
        room.replace(".", "/") for room in rooms if (ROOT / room.replace(".", "/")).is_dir()
    ]
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = text.partition("## How it is built")[2].split("```")[1]
    rows = [line.split()[0] for line in shown.strip().splitlines()]
    assert sorted(rows) == sorted(packages)
    order = {package: layer for layer, package in enumerate(packages)}
    together = {"robot/sites", "robot/evidence"}
    assert [r for r in rows if r not in together] == [p for p in packages if p not in together]
    assert all(order["robot/browser"] < order[one] < order["robot/storage"] for one in together)


PACKAGES = sorted(
    ".".join(path.parent.relative_to(ROOT).parts)
    for rooms in ("robot/*", "robot/cancellation/*", "robot/browser/launch")
    for path in ROOT.glob(f"{rooms}/__init__.py")
)
MOST_MODULES = 20


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_has_few_rooms(package):
    folder = ROOT / package.replace(".", "/")
    assert len(list(folder.glob("*.py"))) <= MOST_MODULES


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_names_its_rooms_and_a_small_face(package):
    """Its docstring is its map, and what ``__all__`` names is there."""
    module = importlib.import_module(package)
    folder = Path(module.__file__).parent
    rooms = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    unnamed = {room for room in rooms if not re.search(rf"\b{room}\b", module.__doc__)}
    assert not unnamed
    face = getattr(module, "__all__", [])
    assert 0 < len(face) <= 10
    assert all(hasattr(module, name) for name in face)


def test_rule_asks_no_clock():
    asked = [
        f"{module}:{node.lineno}"
        for module in sources()
        if module.startswith("robot.cancellation")
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Attribute) and node.attr in CLOCKS
    ]
    assert not asked


# ---- docstrings ---------------------------------------------------------------------------------


def definitions(module: str) -> Iterator[ast.Module | ast.ClassDef | ast.FunctionDef]:
    """The module, and each class and function in it; no expression can hold one."""
    waiting: list[ast.AST] = [tree(module)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
        inside = ast.iter_child_nodes(node)
        waiting += [one for one in inside if not isinstance(one, ast.expr)]


def first_lines(module: str) -> list[tuple[int, str, str]]:
    """Line number, first line and second line of every docstring of a module."""
    found = []
    for node in definitions(module):
        lines = (ast.get_docstring(node) or "").splitlines()
        if lines:
            second = lines[1] if len(lines) > 1 else ""
            found.append((node.body[0].lineno, lines[0], second))
    return found


def is_one_sentence(line: str) -> bool:
    plain = re.sub(r"``[^`]*``", "X", line)
    return line.endswith((".", "?", "!")) and not re.search(r"[:;]|[.?!] [A-Z]", plain)


def test_docstrings_begin_with_one_short_sentence():
    """What else there is to say comes after an empty line."""
    wrong = [
        f"{module}:{number}: {first}"
        for module in sources()
        for number, first, second in first_lines(module)
        if len(first) > MOST_COLUMNS or second.strip() or not is_one_sentence(first)
    ]
    assert not wrong


@pytest.mark.parametrize(
    "line", ["Return X: it is Y.", "Return X; None else.", "Return X. It is Y.", "Return X"]
)
def test_a_second_thought_is_found(line):
    assert not is_one_sentence(line)


# ---- files --------------------------------------------------------------------------------------


def test_files_can_be_read_in_one_sitting():
    lines = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines())
        for path in sources().values()
    }
    assert {name: n for name, n in lines.items() if n > MOST_LINES} == {}


def test_no_line_is_wider_than_the_page():
    """Not even one whose end is a comment, which ruff does not count."""
    wide = [
        f"{path.relative_to(ROOT)}:{number}"
        for top in ("robot", "flows", "tests")
        for path in (ROOT / top).rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > WIDTH
    ]
    assert not wide


@cache
def repository() -> list[str]:
    """The files that are in the repository, or would be with the next commit."""
    command = [
        "git",
        "-c",
        f"safe.directory={ROOT}",
        "ls-files",
        "-z",
        "-co",
        "--exclude-standard",
        "--deduplicate",
    ]
    try:
        answer = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [name for name in answer.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_top_level_holds_nothing_else():
    assert {name for name in repository() if not TOP_LEVEL.fullmatch(name.split("/")[0])} == set()


WRITTEN = re.compile(r"(?:> |--(?:html|csv|output) )([\w.-]+\.[a-z]+)")


def test_what_the_commands_of_the_readme_write_is_ignored():
    """Files that a person made here are no part of the program, and turn no test red."""
    written = {*WRITTEN.findall((ROOT / "README.md").read_text(encoding="utf-8"))}
    assert written >= {"receipts.csv", "flow.har", "report.html"}
    written |= {"111-1234567-1234567.zip", "111-1234567-1234567.zip.sha256", "list.csv"}
    command = ["git", "-c", f"safe.directory={ROOT}", "check-ignore", "--no-index", *written]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if told.returncode > 1:
        pytest.skip("this is no repository")
    assert set(told.stdout.split()) == written


def test_selectors_hold_data_only():
    others = {path.name for path in (ROOT / "selectors").rglob("*") if path.suffix != ".toml"}
    assert not others


# Put together here, so that this file does not hold what it looks for.
FOREIGN = re.compile(
    r"\bpy[p]i\.org|pythonhoste[d]\.org|registry\.np[m]js|/[s]imple/?(?=[\s\"']|$)"
    r"|-[-](?:extra-)?index-url|-[-]trusted-host|-[-]find-links"
    r"|(?<![\w./-])/(?:root|home|Users|work)/[\w.]",
    re.MULTILINE,
)


def test_no_file_names_a_package_index_or_a_path_of_one_machine():
    wrong = []
    for name in repository():
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        wrong += [f"{name}: {match.group()}" for match in FOREIGN.finditer(text)]
    assert not wrong


@pytest.mark.parametrize(
    "text",
    [
        "https://py_pi.org/x",
        "see https://a.example/sim_ple/",
        "-_-extra-index-url x",
        "see /ho_me/someone/x",
    ],
)
def test_the_search_for_them_finds_them(text):
    assert FOREIGN.search(text.replace("_", ""))
    assert not FOREIGN.search(text)


# ---- packages -----------------------------------------------------------------------------------


def requirements() -> list[str]:
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    return [
        line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")
    ]


def test_each_requirement_is_pinned_with_its_hashes():
    assert requirements()
    bad = [
        line
        for line in requirements()
        if not re.fullmatch(r"[\w.-]+(\[[\w,-]+\])?==\S+( ;.*?)?(\s+--hash=sha256:\w{64})+", line)
    ]
    assert not bad


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_each_dependency_is_among_the_requirements():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *(line for extra in project["project"]["optional-dependencies"].values() for line in extra),
    ]
    pinned = {canonical(re.split(r"==|\[", line)[0]) for line in requirements()}
    assert {canonical(re.match(r"[\w.-]+", line).group()) for line in named} - pinned == set()


def test_the_standard_library_keeps_its_selectors():
    code = (
        "import selectors, asyncio; print(selectors.DefaultSelector.__module__, selectors.__file__)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True
    )
    module, file = answer.stdout.split(maxsplit=1)
    assert module == "selectors"
    assert not Path(file.strip()).is_relative_to(ROOT / "selectors")


MANUAL = f"vendorfirst-{robot.__version__}.data/data/share/man/man1/vendorfirst.1"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """A wheel that was built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
    ]
    built = subprocess.run(
        [*command, "--no-build-isolation", "--wheel-dir", folder, "."],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    (file,) = folder.glob("vendorfirst-*.whl")
    return file


def test_the_wheel_holds_the_program_and_nothing_else(wheel):
    code = {
        path.relative_to(ROOT).as_posix()
        for top in ("robot", "flows")
        for path in (ROOT / top).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    data = {f"robot/_selectors/{path.name}" for path in (ROOT / "selectors").glob("*.toml")}
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == code | data | {MANUAL}


def test_the_wheel_brings_the_manual_page(wheel):
    """Where ``man`` finds it, and as ``help --man`` prints it."""
    with zipfile.ZipFile(wheel) as archive:
        page = archive.read(MANUAL).decode()
    command = [Path(sys.executable).with_name("vendorfirst"), "help", "--man"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    assert page == told.stdout


# ---- settings -----------------------------------------------------------------------------------


def example_settings() -> set[str]:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    return set(re.findall(r"^([A-Z_]+)=", text, re.MULTILINE))


def test_the_example_lists_every_setting():
    file = ROOT / "robot" / "settings.py"
    if not file.exists():
        pytest.skip("robot/settings.py is not there yet")
    names = re.findall(
        r"\b(?:VENDORFIRST|AMAZON_BUSINESS|REALSOURCE)_[A-Z_]+[A-Z]\b",
        file.read_text(encoding="utf-8"),
    )
    assert set(names) == example_settings()


def test_the_example_holds_no_value():
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert re.findall(r"^[A-Z_]+=.+$", text, re.MULTILINE) == []


def test_the_example_explains_every_setting():
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    bare = [
        line
        for above, line in pairwise(lines)
        if "=" in line and not line.startswith("#") and above[:2] != "# "
    ]
    assert not bare


# ---- tests --------------------------------------------------------------------------------------


def test_names_of_tests_are_short():
    """Keep a test's name to its subject and condition, and its story in the docstring."""
    names = re.compile(r"^\s*(?:async )?def (test_\w+)", re.MULTILINE)
    long = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / "tests").rglob("*.py")
        for name in names.findall(path.read_text(encoding="utf-8"))
        if len(name) > MOST_LETTERS
    ]
    assert not long
