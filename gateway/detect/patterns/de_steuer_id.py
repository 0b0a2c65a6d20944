"""German tax identification numbers, IdNr (AO § 139b; ISO 7064 mod 11,10)."""

from stdnum.de import idnr

from gateway.detect.recogniser import Recogniser, number

DE_STEUER_ID = Recogniser(
    label="de_steuer_id",
    category="pii",
    context=(
        r"steuer-?id[a-z]*|steueridentifikationsnummer|idnr|steuerliche|identifikationsnummer|tax id"
        r"|tin"
    ),
    forms=(number(r"[1-9]\d ?\d{3} ?\d{3} ?\d{3}", idnr.is_valid),),
)
