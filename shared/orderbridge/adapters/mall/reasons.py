"""MALL's error texts as they may be kept: without personal data. Pure.

A refusal may quote any value of an order: a name, a street, an account number. The customer is not known here, so the
values cannot be searched for. Instead, only words of a closed list pass: the API's terms, and the words of sentences
about it in English, Czech and Slovak. Other words and all digits become ``…``. Error codes are kept beside the text,
and the sent values are in the record.

The list has no word that is also a common name (May, Will, Mark, Nový, Malý, Dlouhá).
"""

from __future__ import annotations

import re
from itertools import groupby

from orderbridge.adapters.texts import clean
from orderbridge.domain.statuses import fold

MAX_LENGTH = 2000
"""Characters of a text that are read."""
DROPPED = "…"

_WORD = re.compile(r"[^\W\d_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_APOSTROPHES = str.maketrans("", "", "'\N{RIGHT SINGLE QUOTATION MARK}")
_PUNCTUATION = frozenset('.,;:!?()[]{}<>"/_-=+*&%#|„“”–—…')

_LIST = (
    # the order, its fields and its statuses
    """
    api attempt basic blocked branch cancel canceled cancellable cancelled carrier cod code collection column
    confirm confirmation confirmed consignment courier customer date deliver delivered delivery detail envelope
    external feed filter first format http https id identifier item items json key label labels login lost mall
    mdp method name null number open opened operations order orders package paging parcel partner payment pickup
    purchase quantity refund request response return returned secret serial service ship shipment shipped
    shipping sort status statuses stock test time token track tracking unconfirmed url urls value values version
    webhook
    """
    # sentences in English
    """
    a about above accept accepted access after again all allowed already also an and another any are arent as
    ask at authentication authorization authorized available bad be because been before below between blank body
    but by call calls can cannot cant change changed changes changing character characters client contact
    contain contains could couldnt currently daily data days deadline denied deprecated did didnt different do
    does doesnt done dont duplicate during each either empty end error errors exceeded exist existing exists
    expected expired failed failure false few field fields final follow for forbidden found from future given
    goes had has hasnt have header hours however if illegal in incorrect internal invalid is isnt it its itself
    known lack lacking lacks last late later latest least length less limit limited list long longer made
    maintenance make many maximum minimum minutes missing more most move moves must necessary need needed needs
    neither never new no none nor not nothing now numbers object of off on once one only or other otherwise out
    over own parameter parameters parse past path permission permissions permitted please possible present
    problem process processed processing provided rate reached read ready reason received refused reject
    rejected remaining requested required resource retry right rule same second seconds see send sending sent
    server set sets setting shorter should since size skip skipped some something string strings such support
    supported system take taken takes temporarily than that the their them then there these they this those to
    today tomorrow too transition true try twice two type unable unauthorized unavailable unchanged unexpected
    unknown unsupported until update updated use used user using valid validation was wasnt way we went were
    what when where which while with within without wont would write wrong wrongly yet you your
    """
    # the same in Czech and Slovak, without diacritics
    """
    aby aj ak ako ale ani balik balika baliku behem bez bol bola bolo bude byl byla bylo byt cas casu ceka chyba
    chybi chybna chybne chybny chyby cisla cislo datum datumu delka dnes dopravca dopravce dorucena dorucene
    doruceni dorucenia doruceno dorucit dorucovani expedovano expirovala hodnota hodnoty i jako je jeho jej jen jina
    jine jiny jiz jsou ju k kde kdyz klic kluc kod konecna konecny ktera ktere ktery ktora ktore ktory lhuta lhute
    lze ma mame mezi mnoho mozna mozne mozno musi na nad nebo nebol nebola neboli nebolo nebyl nebyla nebylo nejde
    nejsou nelze nema nemoze nemozno nemuze nenajdena nenalezena nenalezeno neni neplatna neplatne neplatny
    nepodarilo nepotvrzena nepovolena nepovolene nepovoleny nespravne nespravny nevyzvednuta nevyzvednuto neznama
    nezname neznamy nie niet niz nutne o objednavce objednavka objednavku objednavky objednavok ocakavana od
    odeslana odeslano odkaz odmietnuta odmitnuta odmitnuto odovzdana odovzdane parametr partnera platna platne
    platny po pobocce pobocka pobocke pobocku pod podarilo podporovano pole polozka polozky potvrdena potvrzena
    potvrzeno povedlo povinna povinne povinny povolen povolena povolene povoleno pozadavek pozde poziadavka prechod
    pred predana predane predano prekrocen prekroceny preprave prepravuje prevzata prevzato pri prijato prilis
    pripravena pripravene pripraveno pro s sa se sklad skladu sledovaci sledovacie sledovani spatna spatne spatny
    spravne stav stavem stavu stavy storno stornovana stornovano su svozu tato ten tento teto toto tuto u ulozena
    ulozene ulozeno uvedena uvedeno uz uzavrena uzavreno v ve vracena vraceno vratena vratene vyplnena vyplnene
    vyplneno vyzadovane vyzadovano vyzdvihnuta vyzdvihnutie vyzvednuti vyzvednuto z za zadana zadane zadano zadost
    zakaznik zasielka zasielky zasilka zasilku zasilky ze ziadost zmena zmenen zmenena zmeneno zmenit zmeny znaku
    znaky zo zpracovana zpracovano zrusena zrusene zruseno
    """
)
KEPT_WORDS = frozenset(_LIST.split())
"""Folded: without case and diacritics."""


def shown(text: str) -> str:
    """`text` on one line. Words that must not be kept become ``…``, one for neighbours."""
    pieces = (
        piece if _says_nothing_of_anybody(piece) else DROPPED for piece in clean(text[:MAX_LENGTH]).split()
    )
    return " ".join(
        word for word, same in groupby(pieces) for word in ([DROPPED] if word == DROPPED else same)
    )


def _says_nothing_of_anybody(piece: str) -> bool:
    """Whether `piece` (``tracking_number``, ``'open'.``) has listed words and punctuation only."""
    piece = _CAMEL.sub("_", piece.translate(_APOSTROPHES))
    rest = _WORD.sub("", piece)
    return _PUNCTUATION.issuperset(rest) and all(fold(word) in KEPT_WORDS for word in _WORD.findall(piece))
