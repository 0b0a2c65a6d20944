"""What all sections of the settings file have in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[int, Field(gt=0)]
Seconds = Annotated[float, Field(gt=0)]
MIB = 1024 * 1024


class Section(BaseModel):
    """A section: its keys are checked, others are refused, and nobody changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
