"""Opens reports in the programs that people use; exits with 1 if any of them objects."""

import csv
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

import docx
import jsonschema
import openpyxl
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

program, work, schema = sys.argv[1:]
out = pathlib.Path(work) / "out"
shutil.rmtree(out, ignore_errors=True)
out.mkdir(parents=True)
faults = []

HOSTILE = """ECQ 1: Leading Change

<script>document.title='owned'</script><img src=x onerror="document.title='owned'"> In 2019 I designed a new schedule.

=HYPERLINK("http://example.com","x") In March 2020 I led a team of twelve inspectors in a review of the budget.

\u202ereversed\u202c and \u001b[31mred\u001b[0m: I persuaded three states to adopt the plan. </style></mark></p>

@SUM(1+1) | **bold** [link](javascript:alert(1)) I cut the waiting time from 96 to 24 days.
"""


def check(holds, what):
    print(("ok    " if holds else "FAULT ") + what)
    if not holds:
        faults.append(what)


def ecq(*args):
    done = subprocess.run([program, "-q", *map(str, args)], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        check(False, f"ecq {' '.join(map(str, args))}: {done.stderr.strip()}")
    return done


def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
                 "--disable-component-update", "--disable-sync", "--no-first-run", "--window-size=1280,1600",
                 f"--user-data-dir={tempfile.mkdtemp()}"):
        options.add_argument(flag)
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))


def pages(folder):
    """axe-core on every page, on a desktop and a telephone, in light and dark; nothing of a document runs."""
    axe = (pathlib.Path(work) / "node_modules/axe-core/axe.min.js").read_text()
    driver = browser()
    driver.set_script_timeout(120)
    try:
        for page in sorted(folder.glob("**/*.html")):
            for width, scheme in ((1280, "light"), (390, "light"), (1280, "dark")):
                driver.set_window_size(width, 1600)
                driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                                       {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
                driver.get(page.resolve().as_uri())
                driver.execute_script(axe)
                result = driver.execute_async_script(
                    "const done = arguments[arguments.length - 1];"
                    "axe.run({runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']})"
                    ".then(r => done(r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target).join(' ; '))));")
                check(not result, f"axe-core {page.name} {width} {scheme} {result}")
                wide = driver.execute_script("return document.documentElement.scrollWidth > window.innerWidth + 1")
                check(not wide, f"no sideways scrolling {page.name} {width}")
            check(driver.title != "owned" and not driver.execute_script(
                "return document.querySelectorAll('script, img, iframe, object, [onerror], [style]').length"),
                f"nothing of the document is markup in {page.name}")
            broken = driver.execute_script(
                "return [...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.getAttribute('href'))"
                ".filter(h => !document.getElementById(h.slice(1)))")
            check(not broken, f"links inside {page.name} lead somewhere {broken[:3]}")
            logs = [entry["message"] for entry in driver.get_log("browser")]
            check(not logs, f"no complaint of the browser about {page.name} {logs[:2]}")
    finally:
        driver.quit()


def word(source, name):
    """An annotated copy in python-docx and LibreOffice; theirs stay, ours are there, a second run replaces ours."""
    copy, again = out / f"{name}-1.docx", out / f"{name}-2.docx"
    ecq("annotate", source, "-o", copy)
    ecq("annotate", copy, "-o", again)
    before = [c.author for c in docx.Document(source).comments]
    first = [(c.author, c.text) for c in docx.Document(copy).comments]
    second = [(c.author, c.text) for c in docx.Document(again).comments]
    check(first[0][0] and len([a for a, _ in first if a == "ecq"]) > 3, f"{name}: comments by ecq {len(first)}")
    check([a for a, _ in first if a != "ecq"] == before, f"{name}: comments of others stay")
    check(len(first) == len(second), f"{name}: a second run replaces only its own")
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(copy) as new:
        changed = [n for n in old.namelist() if old.read(n) != new.read(n)]
        check(all("comments" in n or "document.xml" in n or "Content_Types" in n for n in changed),
              f"{name}: other parts are the same {changed}")
    done = subprocess.run(["soffice", "--headless", f"-env:UserInstallation=file://{tempfile.mkdtemp()}",
                           "--convert-to", "pdf:writer_pdf_Export:{\"ExportNotesInMargin\":{\"type\":\"boolean\",\"value\":\"true\"}}",
                           "--outdir", str(out), str(copy)], capture_output=True, text=True, timeout=300)
    check((out / f"{name}-1.pdf").exists(), f"{name}: LibreOffice opens it {done.stderr[:80]}")


def pdf(source):
    copy, again = out / "copy.pdf", out / "again.pdf"
    ecq("annotate", source, "-o", copy)
    ecq("annotate", copy, "-o", again)
    original = pathlib.Path(source).read_bytes()
    check(copy.read_bytes().startswith(original), "the bytes of the pdf stand first in its copy")
    text = [subprocess.run(["pdftotext", str(p), "-"], capture_output=True).stdout for p in (source, copy)]
    check(text[0] == text[1], "the words of the pdf are the same")
    done = subprocess.run(["pdftoppm", "-r", "70", "-png", str(copy), str(out / "copy")], capture_output=True, text=True)
    check(done.returncode == 0 and not done.stderr, f"the copy of the pdf renders {done.stderr[:100]}")


def tables(name):
    report = json.loads((out / f"{name}.json").read_text())
    cells = [c for e in report["coverage"] for c in e["competencies"]] + report["fundamentals"]
    book = openpyxl.load_workbook(out / f"{name}.xlsx")
    check(book.sheetnames == ["coverage", "evidence", "gaps", "findings"], f"{name}: sheets")
    check(book["coverage"].max_row == len(cells) + 1, f"{name}: rows of coverage")
    unsure = [row[6].value for row in book["coverage"].iter_rows(min_row=2) if row[6].value]
    check(unsure == ["unsure: read this"] * sum(cell["unsure"] for cell in cells), f"{name}: unsure in xlsx {unsure[:1]}")
    check(all(sheet.freeze_panes == "A2" and sheet.auto_filter.ref for sheet in book), f"{name}: frozen and filtered")
    check(not [c for sheet in book for row in sheet for c in row if c.data_type == "f"], f"{name}: no formula in xlsx")
    with open(out / f"{name}.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    check(sum(row["record"] == "coverage" for row in rows) == len(cells), f"{name}: rows of csv")
    check(not [v for row in rows for v in row.values() if v.lstrip()[:1] in tuple("=+-@")], f"{name}: no formula in csv")
    sarif = json.loads((out / f"{name}.sarif").read_text())
    errors = list(jsonschema.Draft7Validator(json.loads(pathlib.Path(schema).read_text())).iter_errors(sarif))
    check(not errors, f"{name}: SARIF 2.1.0 schema {[e.message[:80] for e in errors[:2]]}")


hostile = out / "=cmd <img src=x>\u202e.txt"
hostile.write_text(HOSTILE)
nothing = out / "letter.txt"
nothing.write_text("Dear all,\n\nthe picnic is on Friday. Bring a salad.\n")
samples = {"packet": "corpus/samples/packet.docx", "hostile": hostile, "letter": nothing}
for text in sorted(pathlib.Path("corpus/dev/packets/texts").glob("*.txt")):
    samples[text.stem] = text
for name, source in samples.items():
    for form in ("html", "md", "csv", "xlsx", "sarif", "json"):
        ecq("analyze", source, "-o", out / f"{name}.{form}")
    tables(name)
ecq("analyze", *samples.values(), "-o", f"{out}/folder/")
pages(out)
word("corpus/samples/packet.docx", "packet")
word("tests/fixtures/documents/word_like.docx", "word-like")
word("tests/fixtures/documents/pandoc.docx", "pandoc")
pdf("corpus/samples/packet.pdf")
print(f"{len(faults)} faults" if faults else "all programs agree")
sys.exit(1 if faults else 0)
