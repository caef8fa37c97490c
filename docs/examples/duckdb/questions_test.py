"""Asks the questions of questions.md and README.md: questions_test.py [--update].

Runs in the folder where the captures are in docs and testdata, with tapdump on the
PATH; the dataset goes into ./lake. Answers stand behind the questions, as tables.
"""

import os
import re
import subprocess
import sys

import duckdb

here = os.path.dirname(os.path.realpath(__file__))
pages = [os.path.join(here, "questions.md"), os.path.join(here, "../../../README.md")]
db = duckdb.connect()
db.execute("SET TimeZone = 'UTC'")
wrong, asked = [], 0


def answer(m):
    """A question with its answer as it is now."""
    global asked
    question, shown = m[1], m[2]
    result = db.execute(question)
    rows = result.fetchall()
    if question.startswith("CREATE"):
        return m[0]
    asked += 1
    if not rows:
        wrong.append(f"{question}: no answer")
    lines = ["| " + " | ".join(c[0] for c in result.description) + " |", "|---" * len(result.description) + "|"]
    lines += ["| " + " | ".join("" if v is None else str(v) for v in row) + " |" for row in rows]
    now = "\n" + "\n".join(lines) + "\n"
    if shown != now:
        wrong.append(f"{question}\nshown:{shown}now:{now}")
    return f"```sql\n{question}```\n{now}"


for page in pages:
    with open(page, encoding="utf-8") as f:
        text = f.read()
    for command in re.findall(r"^    (tapdump .*-w .*parquet.*)$", text, re.MULTILINE):
        subprocess.run(["sh", "-c", command], check=True, stderr=subprocess.DEVNULL, env={**os.environ, "TZ": "UTC"})
    text = re.sub(r"```sql\n(.*?)```\n((?:\n(?:\|[^\n]*\n)+)?)", answer, text, flags=re.DOTALL)
    if "--update" in sys.argv:
        with open(page, "w", encoding="utf-8") as f:
            f.write(text)
if asked != 11:
    sys.exit(f"questions_test.py: there are {asked} questions")
if wrong and "--update" not in sys.argv:
    sys.exit("questions_test.py: " + "\n".join(wrong))
print(f"{asked} questions: answered as shown")
