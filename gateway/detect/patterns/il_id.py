"""Israeli identity numbers (Luhn)."""

from stdnum.il import idnr

from gateway.detect.recogniser import Recogniser, number

IL_ID = Recogniser(
    label="il_id",
    category="pii",
    context=r"תעודת זהות|teudat zehut|israeli id|מספר זהות",
    forms=(number(r"\d{9}", idnr.is_valid),),
)
