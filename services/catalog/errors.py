"""What can be wrong with a catalogue or with a question about it."""

from services.kernel.errors import Conflict, InvalidInput, NotFound


class CatalogueInvalid(Exception):
    """The catalogue's files do not fit the format; `faults` names every file and what is wrong in it."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(["the service catalogue is not valid:", *(f"  - {f}" for f in faults)]))


class ItemNotFound(NotFound):
    """No such service item, or it has not started yet, or it was withdrawn."""

    code = "ITEM_NOT_FOUND"
    default_message = "没有找到这个服务事项，可能尚未上线或已经下架，请返回搜索重新选择。"


class UnknownRegion(InvalidInput):
    """The region is none of Liaocheng's counties, zones or streets."""

    code = "UNKNOWN_REGION"
    default_message = "没有这个地区代码，请从地区列表中选择聊城市的县（市、区）或功能区。"


class TooManyFavourites(Conflict):
    """A person keeps a bounded number of favourites."""

    code = "TOO_MANY_FAVOURITES"
    default_message = "收藏的事项已经达到上限，请先取消不常用的收藏。"
