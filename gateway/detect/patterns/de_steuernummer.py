"""German tax numbers, Steuernummer (written with slashes, by state)."""

from stdnum.de import stnr

from gateway.detect.recogniser import LIKELY, Recogniser, number

DE_STEUERNUMMER = Recogniser(
    label="de_steuernummer",
    category="pii",
    context=r"steuernummer|steuer-?nr|st\.?-?nr|tax (?:id|number)|finanzamt",
    forms=(number(r"\d{2,3}[/ ]\d{3,4}[/ ]\d{4,5}", stnr.is_valid, near=LIKELY),),
)
