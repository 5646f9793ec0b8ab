using NUnit.Framework;
using Personalization.Kernel.Hashing;

namespace Personalization.Tests.Kernel.Hashing;

public class KeyHasherTests
{
    private readonly KeyHasher _hasher = new("an installation's"u8[..16]);

    [Test]
    public void A_key_is_a_function_of_secret_space_and_text()
    {
        var again = new KeyHasher("an installation's"u8[..16]);

        Assert.That(again.Hash(KeySpace.UserId, "shopper-1"u8), Is.EqualTo(_hasher.Hash(KeySpace.UserId, "shopper-1"u8)));
    }

    [Test]
    public void Equal_texts_in_different_spaces_have_different_keys()
    {
        KeySpace[] spaces =
        [
            KeySpace.AnonymousId, KeySpace.UserId, KeySpace.Session, KeySpace.Item, KeySpace.Term,
            KeySpace.MessageOf(0), KeySpace.MessageOf(1), KeySpace.MessageOf(ushort.MaxValue),
        ];

        var keys = Array.ConvertAll(spaces, space => _hasher.Hash(space, "1"u8));

        Assert.That(keys, Is.Unique);
    }

    [Test]
    public void Another_installation_has_other_keys()
    {
        var other = new KeyHasher("another one's key"u8[..16]);

        Assert.That(other.Hash(KeySpace.UserId, "shopper-1"u8), Is.Not.EqualTo(_hasher.Hash(KeySpace.UserId, "shopper-1"u8)));
    }

    [Test]
    public void Even_an_empty_text_has_a_key_that_is_not_absent() =>
        Assert.That(_hasher.Hash(KeySpace.UserId, []), Is.Not.EqualTo(UInt128.Zero));

    [TestCase(0)]
    [TestCase(15)]
    [TestCase(17)]
    public void A_secret_of_another_length_is_refused(int length) =>
        Assert.That(() => new KeyHasher(new byte[length]), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void Hashing_allocates_nothing()
    {
        _hasher.Hash(KeySpace.UserId, "warm"u8);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1_000; i++)
        {
            _hasher.Hash(KeySpace.AnonymousId, "0c6e0b1f-4e2f-4b9c-8d6c-aaaaaaaaaaaa"u8);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }
}
