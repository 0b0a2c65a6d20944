"""Japanese individual numbers, My Number (mod 11)."""

from stdnum.jp import in_

from gateway.detect.recogniser import Recogniser, number

JP_MY_NUMBER = Recogniser(
    label="jp_my_number",
    category="pii",
    context=r"マイナンバー|個人番号|my number",
    forms=(number(r"\d{4}[ -]?\d{4}[ -]?\d{4}", in_.is_valid),),
)
