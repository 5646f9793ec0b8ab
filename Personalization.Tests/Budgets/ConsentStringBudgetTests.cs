using System.Text;
using Microsoft.Extensions.Options;
using NUnit.Framework;
using Personalization.Consent;
using Personalization.Consent.Contracts;
using Personalization.Consent.Domain;
using Personalization.Consent.Domain.Vendors;
using Personalization.Tests.Consent.Tcf;

namespace Personalization.Tests.Budgets;

/// <summary>A TC string may come with every event: reading it and deciding by it allocates nothing, granted, denied or refused.</summary>
public class ConsentStringBudgetTests
{
    private const long NowMs = 1_795_176_000_000;

    [TestCase("", "", TestName = "Nothing was sent")]
    [TestCase("CQa7ZkAQa7ZkAHwECANLCzE0AMgAAEFgAAAAAPP____wAMf_gAAA", "", TestName = "A string that counts for little")]
    [TestCase("C garbage", "DBA~garbage", TestName = "Strings that are refused")]
    [TestCase("", "DBABrw~CKShGYClWKJU.YA~BVYqpERk.YA", TestName = "Two sections of the United States")]
    public void Reading_strings_and_deciding_allocates_nothing(string tc, string gpp) => Assert.That(Allocated(tc, gpp, null), Is.Zero);

    [TestCase(StringPath.Publisher)]
    [TestCase(StringPath.Vendor)]
    public void Deciding_for_every_purpose_allocates_nothing(StringPath path)
    {
        var tc = new TcText
        {
            PurposeConsents = [1, 3, 4, 5, 6, 8, 10],
            VendorConsents = [7, 90],
            Restrictions = [(5, 1, [(1, 9)])],
            PublisherConsents = [1, 3, 4, 5, 6, 8, 10],
        };

        Assert.That(Allocated(tc.ToString(), "DBABLA~BkiQEAhGWRA", path), Is.Zero);
    }

    private static long Allocated(string tc, string gpp, StringPath? path)
    {
        var options = new ConsentStringOptions { VendorId = 7 };
        foreach (var purpose in new[] { Purposes.Collect, Purposes.Profile, Purposes.Train })
        {
            options.Purposes[purpose] = new PurposeStringOptions { Path = path ?? StringPath.Publisher };
        }

        var vendors = new VendorLists { Current = new VendorList(1, 5, 0, [new Vendor { Id = 7, Consent = new(0xFFE), DeletedAtMs = long.MaxValue }]) };
        var strings = new ConsentStrings(Options.Create(options), vendors);
        var (tcBytes, gppBytes) = (Encoding.UTF8.GetBytes(tc), Encoding.UTF8.GetBytes(gpp));
        for (var i = 0; i < 50; i++)
        {
            strings.Read(tcBytes, gppBytes, "US-CA", gpc: false, NowMs);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            strings.Read(tcBytes, gppBytes, "US-CA", gpc: false, NowMs);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
