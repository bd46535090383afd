"""Texts for people, in Czech, Slovak and English: the only place where codes and facts become sentences (R11.1).

How do I add a text?

1. Add the code to a table in ``domain/codes``: ``NAME = "hold.new_thing", {"order": Kind.NUMBER, "why": Kind.REASON}``.
   Where a fact may be absent, or people must do something else, use another code with one more part:
   ``hold.new_thing.unknown_date``.
2. Give the code where the rule decides: ``because(HoldReason.NEW_THING, order=1, why=…)``. Facts are never ``str``:
   text from outside is ``ShopText``, a technical name is ``Term``. One fact of kind ``COUNT`` per code selects the
   plural form.
3. `make texts` adds the code to ``locale/*/LC_MESSAGES/orderbridge.po``, without a text. Write the text there, Czech
   first: what happened, why, what to do. Use whole sentences, under 300 characters. ``{order}`` stands for a fact. A
   fact of kind ``REASON`` is whole sentences: put it after a full stop or a colon. Statuses, actions and texts from
   outside come with their names and quotation marks. Plural forms: ``msgstr[0]`` for 1, ``[1]`` for 2 to 4, ``[2]``
   for more (English has two).
4. A mail or a ready text is a template: ``templates/<language>/<name>.txt.j2``, in each language. Its values are facts.
   ``mails`` and ``ready_texts`` say which template gets which facts.
5. What people can do or look at is no fact but a control: ``{do_retry}`` or ``{see_escalations}``. It stands in
   brackets: "process it again ({do_retry})". The HTTP API, the page with the mails, and the command line each name it
   in their own way (``controls``). No text says a path, a command or a button itself.
6. `make texts` compiles the texts, `make pytest ARGS=tests/unit/texts` shows what is missing.
"""

from orderbridge.texts.controls import API, PAGE, Control, Edge, command_line
from orderbridge.texts.languages import DEFAULT, Language, best_language, language_of
from orderbridge.texts.rendering import explained, fact_text, render
from orderbridge.texts.templates import Mail, render_mail, render_template

__all__ = [
    "API",
    "DEFAULT",
    "PAGE",
    "Control",
    "Edge",
    "Language",
    "Mail",
    "best_language",
    "command_line",
    "explained",
    "fact_text",
    "language_of",
    "render",
    "render_mail",
    "render_template",
]
