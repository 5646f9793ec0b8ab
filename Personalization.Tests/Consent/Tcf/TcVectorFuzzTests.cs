using NUnit.Framework;
using Personalization.Consent.Domain;
using Personalization.Consent.Domain.Tcf;
using Personalization.Consent.Domain.Vendors;

namespace Personalization.Tests.Consent.Tcf;

/// <summary>The public vectors with a few bytes changed: each is answered, and a decision by it too, whatever has become of it.</summary>
public class TcVectorFuzzTests
{
    private const int EachVector = 100;
    private const int NowDay = 20_777;

    [Test]
    public void A_damaged_vector_is_answered_like_any_other_string()
    {
        Assert.That(VendorListReader.TryRead(TcVectors.VendorList, out var list, out var error), error);
        var random = new Random(4_711);
        var (read, refused) = (0, 0);
        foreach (var vector in TcVectors.Strings.GetProperty("valid").EnumerateArray())
        {
            var whole = TcVectors.TextOf(vector);
            for (var round = 0; round < EachVector; round++)
            {
                var text = Damage(whole, random);
                if (TcString.Read(text, out var tc) != TcStatus.Read)
                {
                    refused++;
                    continue;
                }

                read++;
                var decision = VendorDecisions.MayProcess(tc, list, TcRules.Default, random.Next(1, 1_400), random.Next(1, 12), NowDay * 86_400_000L);
                Assert.That(decision.IsAllowed, Is.EqualTo(decision.Reason == SignalReason.Ok));
                Assert.That(SignalReasons.NameOf(decision.Reason), Is.Not.Empty);
            }
        }

        Assert.That(Math.Min(read, refused), Is.Positive, "both ways were taken");
    }

    private static ReadOnlySpan<byte> Damage(byte[] whole, Random random)
    {
        var text = (byte[])whole.Clone();
        for (var change = random.Next(1, 4); change > 0; change--)
        {
            text[random.Next(text.Length)] = random.Next(8) == 0 ? (byte)random.Next(256) : (byte)"ABCIQYZaghpw059-_."[random.Next(18)];
        }

        return random.Next(4) == 0 ? text.AsSpan(0, random.Next(text.Length)) : text;
    }
}
