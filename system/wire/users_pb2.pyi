from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class UserRequest(_message.Message):
    __slots__ = ("request_id", "reply_key", "idempotency_key", "initialise", "find", "remove", "add", "subtract", "look_up")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REPLY_KEY_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    INITIALISE_FIELD_NUMBER: _ClassVar[int]
    FIND_FIELD_NUMBER: _ClassVar[int]
    REMOVE_FIELD_NUMBER: _ClassVar[int]
    ADD_FIELD_NUMBER: _ClassVar[int]
    SUBTRACT_FIELD_NUMBER: _ClassVar[int]
    LOOK_UP_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    reply_key: str
    idempotency_key: bytes
    initialise: Initialise
    find: Find
    remove: Remove
    add: Add
    subtract: Subtract
    look_up: LookUp
    def __init__(self, request_id: _Optional[str] = ..., reply_key: _Optional[str] = ..., idempotency_key: _Optional[bytes] = ..., initialise: _Optional[_Union[Initialise, _Mapping]] = ..., find: _Optional[_Union[Find, _Mapping]] = ..., remove: _Optional[_Union[Remove, _Mapping]] = ..., add: _Optional[_Union[Add, _Mapping]] = ..., subtract: _Optional[_Union[Subtract, _Mapping]] = ..., look_up: _Optional[_Union[LookUp, _Mapping]] = ...) -> None: ...

class Initialise(_message.Message):
    __slots__ = ("credit", "batch")
    CREDIT_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    credit: int
    batch: int
    def __init__(self, credit: _Optional[int] = ..., batch: _Optional[int] = ...) -> None: ...

class Find(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Remove(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Add(_message.Message):
    __slots__ = ("amount",)
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    amount: int
    def __init__(self, amount: _Optional[int] = ...) -> None: ...

class Subtract(_message.Message):
    __slots__ = ("amount",)
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    amount: int
    def __init__(self, amount: _Optional[int] = ...) -> None: ...

class LookUp(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CreateUserRequest(_message.Message):
    __slots__ = ("request_id", "reply_key", "idempotency_key", "create", "reserve_batch", "look_up", "batch_progress")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REPLY_KEY_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    CREATE_FIELD_NUMBER: _ClassVar[int]
    RESERVE_BATCH_FIELD_NUMBER: _ClassVar[int]
    LOOK_UP_FIELD_NUMBER: _ClassVar[int]
    BATCH_PROGRESS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    reply_key: str
    idempotency_key: bytes
    create: Create
    reserve_batch: ReserveBatch
    look_up: LookUp
    batch_progress: BatchProgress
    def __init__(self, request_id: _Optional[str] = ..., reply_key: _Optional[str] = ..., idempotency_key: _Optional[bytes] = ..., create: _Optional[_Union[Create, _Mapping]] = ..., reserve_batch: _Optional[_Union[ReserveBatch, _Mapping]] = ..., look_up: _Optional[_Union[LookUp, _Mapping]] = ..., batch_progress: _Optional[_Union[BatchProgress, _Mapping]] = ...) -> None: ...

class Create(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReserveBatch(_message.Message):
    __slots__ = ("count", "credit")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    CREDIT_FIELD_NUMBER: _ClassVar[int]
    count: int
    credit: int
    def __init__(self, count: _Optional[int] = ..., credit: _Optional[int] = ...) -> None: ...

class BatchProgress(_message.Message):
    __slots__ = ("done",)
    DONE_FIELD_NUMBER: _ClassVar[int]
    done: int
    def __init__(self, done: _Optional[int] = ...) -> None: ...

class UserResponse(_message.Message):
    __slots__ = ("request_id", "result", "status", "received_ns", "answered_ns")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_NS_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_NS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    result: str
    status: int
    received_ns: int
    answered_ns: int
    def __init__(self, request_id: _Optional[str] = ..., result: _Optional[str] = ..., status: _Optional[int] = ..., received_ns: _Optional[int] = ..., answered_ns: _Optional[int] = ...) -> None: ...
