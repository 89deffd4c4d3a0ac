"""How giving materials back looks on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from yimen.core.schemas import Label, Note, Schema, example


class ReturnMaterialsCommand(Schema):
    """Give materials back against identity check and signature."""

    model_config = example(
        {
            "returned_to": "阿依古丽·买买提",
            "identity_checked": "居民身份证",
            "signed_by": "阿依古丽·买买提",
        }
    )

    material_ids: Annotated[
        list[UUID] | None,
        Field(min_length=1, max_length=200, description="退还哪些材料；默认全部应退还的材料"),
    ] = None
    returned_to: Annotated[Label, Field(description="领取人")]
    identity_checked: Annotated[Label, Field(description="核对的身份证明")]
    signed_by: Annotated[Label, Field(description="签收人")]
    note: Note | None = None
