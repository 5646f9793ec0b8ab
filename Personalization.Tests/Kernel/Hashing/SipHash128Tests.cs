using System.Buffers.Binary;
using System.Security.Cryptography;
using NUnit.Framework;
using Personalization.Kernel.Hashing;

namespace Personalization.Tests.Kernel.Hashing;

/// <summary>
/// The authors publish 64 vectors: the key is 00 01 … 0f, and the input of length n is 00 01 … n-1. Some stand here in full, around
/// the ends of the eight-byte words; the digest stands for all of them.
/// </summary>
public class SipHash128Tests
{
    private const ulong K0 = 0x0706050403020100;
    private const ulong K1 = 0x0f0e0d0c0b0a0908;

    [TestCase(0, "a3817f04ba25a8e66df67214c7550293")]
    [TestCase(1, "da87c1d86b99af44347659119b22fc45")]
    [TestCase(2, "8177228da4a45dc7fca38bdef60affe4")]
    [TestCase(3, "9c70b60c5267a94e5f33b6b02985ed51")]
    [TestCase(7, "a1f1ebbed8dbc153c0b84aa61ff08239")]
    [TestCase(8, "3b62a9ba6258f5610f83e264f31497b4")]
    [TestCase(9, "264499060ad9baabc47f8b02bb6d71ed")]
    [TestCase(15, "5493e99933b0a8117e08ec0f97cfc3d9")]
    [TestCase(16, "6ee2a4ca67b054bbfd3315bf85230577")]
    [TestCase(63, "5150d1772f50834a503e069a973fbd7c")]
    public void A_hash_is_the_one_that_the_authors_published(int length, string expected) =>
        Assert.That(Convert.ToHexStringLower(HashOfCounting(length)), Is.EqualTo(expected));

    [Test]
    public void All_hashes_are_the_ones_that_the_authors_published()
    {
        var all = Enumerable.Range(0, 64).SelectMany(HashOfCounting).ToArray();

        Assert.That(Convert.ToHexStringLower(SHA256.HashData(all)), Is.EqualTo("ecfaa9fe47ff788fa834a9863ea2715a2880cd37d2b8c3c194402838428119b9"));
    }

    private static byte[] HashOfCounting(int length)
    {
        var input = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        var output = new byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(output, SipHash128.Hash(K0, K1, input));
        return output;
    }
}
