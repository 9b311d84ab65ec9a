"""Hide and guess on the person's own text: one word after another, against the model. Knows the engine's next words."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.bridge import Bridge
from desktop.inspect.guessing import TOP, Game, Round, hide, same, standing, verdict
from desktop.inspect.job_line import JobLine
from desktop.notices import announce
from desktop.task import Task
from desktop.theme import Look
from desktop.widgets import availability
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from desktop.widgets.word_bars import WordBars
from desktop.widgets.word_row import WordRow
from engine.messages import NextChances, NextWords

SHOWN, SEEN = 6, 160
GAP = "_____"
EXPLAINED = "Words of your text are hidden one after another. Guess each; the model guesses from the same beginning."
TOO_SHORT = "The text has no word to hide. A sentence or two are needed."
NO_GUESS = "Type a word first, or skip it."


class GuessView(QWidget):
    def __init__(self, look: Look, bridge: Bridge) -> None:
        super().__init__()
        self._look = look
        self._missing = self._guessed = ""
        self.task = Task(bridge, self)
        self.game = Game("")
        self.before = Label(look, "", "reading", wrap=True)
        self.guess = QLineEdit()
        self.guess.setAccessibleName("Your guess for the hidden word")
        self.guess.setPlaceholderText("Your guess")
        self.guess_button = Button(look, "Guess")
        self.skip_button = Button(look, "Skip", kind="ghost")
        self.start_button = Button(look, "Start", "eye")
        self.next_button = Button(look, "Next word", "chevron-right")
        self.line = JobLine(look, self.task, "Hide and guess")
        self.verdict = Label(look, "", "body_medium", wrap=True)
        self.bars = WordBars(look, "The model's words")
        self.score = Label(look, "", "small", "ink2", wrap=True)
        self._lay_out()
        self._wire()
        self.show_text("", "")

    def _lay_out(self) -> None:
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(Label(self._look, "Hide and guess", "heading"))
        self.explained = Label(self._look, EXPLAINED, "small", "ink2", wrap=True)
        row = QHBoxLayout()
        for widget, part in ((self.guess, 1), (self.guess_button, 0), (self.skip_button, 0)):
            row.addWidget(widget, part)
        for widget in (self.explained, self.before):
            self._column.addWidget(widget)
        self._column.addLayout(row)
        for widget in (self.line, self.verdict, self.bars, self.score):
            self._column.addWidget(widget)
        for button in (self.next_button, self.start_button):
            self._column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self._look.changed.connect(self._restyle)
        self._restyle()

    def _wire(self) -> None:
        self.start_button.clicked.connect(self.start)
        self.next_button.clicked.connect(self._ask)
        self.guess_button.clicked.connect(self._check)
        self.skip_button.clicked.connect(lambda: self._look_up(""))
        self.guess.returnPressed.connect(self._check)
        self.guess.textChanged.connect(self._allow)
        self.line.again.connect(lambda: self._look_up(self._guessed))
        self.task.done.connect(self._take)
        self.task.failed.connect(lambda _: self._open(True))
        self.task.stopped.connect(lambda: self._open(True))

    # ---- going on --------------------------------------------------------------------
    def show_text(self, text: str, missing: str) -> None:
        """Another text ends the game. `missing` says why there can be none; empty when there can."""
        self._missing = missing
        if text != self.game.text or not text:
            self.stop()
            self.game = Game(text)
        self._allow()

    def stop(self) -> None:
        """Drop the question to the engine; the word stays open."""
        if self.task.running:
            self.task.drop()
            self.line.say("")
            self._open(True)

    @Slot()
    def start(self) -> None:
        self.game = Game(self.game.text, hide(self.game.text))
        self._ask()

    @Slot()
    def _ask(self) -> None:
        self._allow()
        if self.game.now is None:
            return
        self.before.setText(f"{self.game.before[-SEEN:].lstrip()}{GAP}")
        self.before.setAccessibleName(f"What comes after: {self.game.before[-SEEN:]}")
        self.guess.clear()
        self._open(True)
        self.guess.setFocus()

    @Slot()
    def _check(self) -> None:
        if self.guess.text().strip() and not self.task.running:
            self._look_up(self.guess.text())

    def _look_up(self, guess: str) -> None:
        self._guessed = guess
        self._open(False)
        self.line.begin("The model guesses")
        self.task.start(NextWords, text=self.game.before, top=TOP)

    @Slot(object)
    def _take(self, chances: NextChances) -> None:
        if self.game.now is None:
            return
        done = self.game.answer(self._guessed, chances)
        self.bars.show_rows(_rows(chances, done))
        self.verdict.setText(verdict(done))
        self.score.setText(_score(self.game))
        announce(self, f"{self.verdict.text()} {self.score.text()}")
        self._show_answer(True)

    # ---- what is seen ----------------------------------------------------------------
    def _open(self, asking: bool) -> None:
        """Whether a guess can be typed now."""
        for widget in (self.guess, self.guess_button, self.skip_button):
            if asking:
                availability.enable(widget)
            else:
                availability.disable(widget, "Opens again with the next word.")
        if asking:
            self._show_answer(False)
            self._allow()

    def _show_answer(self, shown: bool) -> None:
        over = self.game.now is None
        for widget in (self.verdict, self.bars):
            widget.setVisible(shown)
        self.score.setVisible(bool(self.game.rounds))
        self.next_button.setVisible(shown and not over)
        self.start_button.setVisible(over)
        self.start_button.setText("Again" if self.game.rounds and over else "Start")
        if shown:
            (self.start_button if over else self.next_button).setFocus()

    @Slot()
    def _allow(self) -> None:
        playing = self.game.now is not None
        for widget in (self.before, self.guess, self.guess_button, self.skip_button):
            widget.setVisible(playing)
        self.explained.setVisible(not self.game.rounds)
        if not playing and not self.game.rounds:
            self._show_answer(False)
        self._refuse()

    def _refuse(self) -> None:
        """Why nothing can be started, or guessed."""
        reason = self._missing or ("" if hide(self.game.text) else TOO_SHORT)
        if reason:
            self.start_button.disable(reason)
        else:
            self.start_button.enable()
        if not self.task.running:
            if self.guess.text().strip():
                self.guess_button.enable()
            else:
                self.guess_button.disable(NO_GUESS)

    @Slot()
    def _restyle(self) -> None:
        self._column.setSpacing(self._look.px(8))


def _rows(chances: NextChances, done: Round) -> list[WordRow]:
    """The model's first words, the right one marked; at the end where it is not among them."""
    rows = [
        WordRow(one.text.strip() or "␣", one.probability, "written" if same(one.text, done.word) else "word")
        for one in chances.items
    ]
    shown = rows[:SHOWN]
    if not any(row.kind == "written" for row in shown):
        shown += [row for row in rows[SHOWN:] if row.kind == "written"][:1]
    rest = max(1.0 - sum(row.probability for row in shown), 0.0)
    return [*shown, WordRow("<others>", rest, "others")]


def _score(game: Game) -> str:
    if game.now is None:
        you, model = game.score
        end = "You won." if you > model else "The model won." if model > you else "A draw."
        return f"{standing(game)}. {end}"
    return f"{standing(game)}, {len(game.words) - len(game.rounds)} to go."
