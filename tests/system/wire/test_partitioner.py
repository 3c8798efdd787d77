import confluent_kafka
import pytest
from hypothesis import given
from hypothesis import strategies as st

from system.wire.partitioner import murmur2, partition, reply_key

KEYS = st.binary(max_size=40)


@given(KEYS, st.integers(1, 100))
def test_a_key_goes_where_librdkafka_sends_it(key: bytes, partitions: int) -> None:
    assert partition(key, partitions) == confluent_kafka.murmur2(key, partitions)


@pytest.mark.filterwarnings("ignore:.*_text is deprecated:DeprecationWarning")
def test_the_hash_is_that_of_kafka_python() -> None:
    from kafka.partitioner.default import murmur2 as theirs

    keys = [str(number).encode() for number in range(2000)]
    assert [murmur2(key) for key in keys] == [theirs(key) & 0xFFFFFFFF for key in keys]


@pytest.mark.parametrize(
    ("key", "signed_hash"),
    [  # the vectors of Kafka's own UtilsTest
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_the_hash_is_that_of_kafka_itself(key: bytes, signed_hash: int) -> None:
    assert murmur2(key) == signed_hash & 0xFFFFFFFF


@given(st.integers(1, 64), st.data())
def test_a_reply_key_leads_to_its_partition(partitions: int, data: st.DataObject) -> None:
    wanted = data.draw(st.integers(0, partitions - 1))
    assert partition(reply_key(wanted, partitions).encode(), partitions) == wanted


def test_a_reply_key_for_a_partition_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="partition 3 does not exist"):
        reply_key(3, 3)
