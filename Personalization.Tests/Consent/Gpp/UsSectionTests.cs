using System.Text;
using NUnit.Framework;
using Personalization.Consent.Domain.Gpp;

namespace Personalization.Tests.Consent.Gpp;

/// <summary>
/// One string of every section that we know, made with random values by IAB Tech Lab's library (<c>@iabgpp/cmpapi</c> 3.2.0), and what
/// that library reads in it: the public vectors leave states out.
/// </summary>
public class UsSectionTests
{
    [TestCase("DBABLA~CapRQlkmqKqI.YA", 7, "usnat", "1 2 2 2 2 1 1 0 1 1002112102122220 222 2 2 0 2", true)]
    [TestCase("DBABBg~BUimiolE.YA", 8, "usca", "1 1 0 2 0 221220222 02 1 1 0 1", true)]
    [TestCase("DBABRg~BmJSkFE", 9, "usva", "2 1 2 0 2 11022100 1 1 0 1", false)]
    [TestCase("DBABJg~BJQYpEg.YA", 10, "usco", "0 2 1 1 0 0120221 0 1 0 2", true)]
    [TestCase("DBABFg~BCWFACSA", 11, "usut", "0 0 2 1 1 2 01100000 2 1 0 2", false)]
    [TestCase("DBABVg~BCYlJEog.YA", 12, "usct", "0 0 2 1 2 02110210 102 2 0 2", true)]
    [TestCase("DBABAw~BpgWhIFk", 13, "usfl", "2 2 1 2 0 01122010 200 1 1 2 1", false)]
    [TestCase("DBABQw~BJEiKQGo.YA", 14, "usmt", "0 2 1 0 1 02020221 000 1 2 2 2", true)]
    [TestCase("DBABIw~BlQYlZABUA.YA", 15, "usor", "2 1 1 1 0 01202111210 000 0 1 1 1", true)]
    [TestCase("DBABEw~BpZBECaA.YA", 16, "ustx", "2 2 1 1 2 10010100 0 2 1 2 2", true)]
    [TestCase("DBABUw~BYqQUqQmAA.YA", 17, "usde", "1 2 0 2 2 210011022 21002 1 2 0 0", true)]
    [TestCase("DBABCw~BZloSlYA.YA", 18, "usia", "1 2 1 2 1 1 22010221 1 1 2 0", true)]
    [TestCase("DBABSw~BVqlVVhA.YA", 19, "usne", "1 1 1 2 2 22111111 1 1 2 0 1", true)]
    [TestCase("DBABKw~BZmgkYBg.YA", 20, "usnh", "1 2 1 2 1 22002101 200 0 1 2 0", true)]
    [TestCase("DBABAYA~BQBFSIWJkA.YA", 21, "usnj", "1 0 0 0 0 1011102020 11202 1 2 1 0", true)]
    [TestCase("DBABQYA~BWGqBKiA.YA", 22, "ustn", "1 1 2 0 1 22220010 2 2 2 0 2", true)]
    [TestCase("DBABIYA~BIiEVZRA.YA", 23, "usmn", "0 2 0 2 0 20101111 2 1 1 0 1", true)]
    [TestCase("DBABEYA~BppQ.YA", 24, "usmd", "2 2 1 2 2 1 1 0", true)]
    [TestCase("DBABUYA~BUWl.qVA", 25, "usin", "1 1 0 1 1 2 2 1 1 22211100", false)]
    [TestCase("DBABCYA~Bgml.lEA", 26, "usky", "2 0 0 2 1 2 2 1 1 21101000", false)]
    [TestCase("DBABSYA~BSAC.mhI", 27, "usri", "1 0 2 0 0 0 0 0 2 21220102", false)]
    public void Every_section_is_read_as_the_library_wrote_it(string text, int id, string name, string values, bool hasGpc)
    {
        Assert.That(GppString.Read(Encoding.ASCII.GetBytes(text), out var gpp), Is.EqualTo(GppStatus.Read));

        Assert.That(gpp.TryGetUs(id, out var section));
        Assert.That(section.Layout.Name, Is.EqualTo(name));
        Assert.That(ValuesOf(section), Is.EqualTo(values));
        Assert.That((section.HasGpc, section.IsGpcSet), Is.EqualTo((hasGpc, hasGpc)));
    }

    [TestCase("BkiQEAhGWRA", GppStatus.Read)]
    [TestCase("BkiQEAhGW", GppStatus.BadSection, TestName = "A version 1 of 54 bits is too short")]
    [TestCase("CkiQEAhGWRA", GppStatus.BadSection, TestName = "A version 2 of 66 bits is too short")]
    [TestCase("DkiQEAhGWRAAAA", GppStatus.BadSection, TestName = "A version 3 is not known")]
    [TestCase("BkiQEAhGWRA.", GppStatus.EmptySection)]
    [TestCase("BkiQEAhGWRA.YA.YA", GppStatus.BadCharacter, TestName = "A section has two parts at most")]
    [TestCase("BkiQEAhGWRA.gA", GppStatus.BadSection, TestName = "The second part is of type 1")]
    [TestCase(".YA", GppStatus.EmptySection)]
    public void A_section_that_is_not_as_specified_is_refused(string text, object expected)
    {
        Assert.That(UsSection.Read(7, Encoding.ASCII.GetBytes(text), out _), Is.EqualTo((GppStatus)expected));
    }

    [Test]
    public void Gpc_is_heeded_even_where_the_specification_gives_no_place_for_it()
    {
        Assert.That(UsSection.Read(9, "BlkAABA.YA"u8, out var virginia), Is.EqualTo(GppStatus.Read));

        Assert.That(virginia.IsGpcSet);
    }

    private static string ValuesOf(UsSection section)
    {
        var text = new StringBuilder();
        foreach (var field in section.Layout.Fields.Concat(section.Layout.SensitiveApart > 0 ? [UsField.SensitiveDataProcessing] : []))
        {
            text.Append(text.Length == 0 ? "" : " ");
            for (var i = 0; i < section.CountOf(field); i++)
            {
                text.Append((int)section[field, i]);
            }
        }

        return text.ToString();
    }
}
