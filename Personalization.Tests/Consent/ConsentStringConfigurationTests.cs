using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NUnit.Framework;
using Personalization.Consent.Contracts;
using Personalization.Consent.Domain;
using Personalization.Consent.Domain.Vendors;
using Personalization.Tests.Consent.Tcf;
using Personalization.Tests.Support;

namespace Personalization.Tests.Consent;

/// <summary>The settings as an operator writes them, in the whole application.</summary>
public class ConsentStringConfigurationTests
{
    private string _folder;

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("consent-strings-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Paths_and_the_vendor_list_come_from_the_configuration()
    {
        var file = Path.Combine(_folder, "list.json");
        await File.WriteAllTextAsync(file, """{"gvlSpecificationVersion":3,"vendorListVersion":1,"vendors":{"7":{"id":7,"purposes":[5]}}}""");
        await using var server = await ShopServer.StartAsync(
            _folder,
            $"--Personalization:Consent:VendorList:Path={file}",
            "--Personalization:Consent:Strings:VendorId=7",
            "--Personalization:Consent:Strings:Purposes:Profile:Path=Vendor",
            "--Personalization:Consent:Strings:Purposes:Train:Path=PublisherCustom",
            "--Personalization:Consent:Strings:Purposes:Train:Numbers:0=2",
            "--Personalization:Consent:Strings:Purposes:Measure:Path=None");
        Assert.That(server.Services.GetRequiredService<VendorLists>().Current, Is.Not.Null, "it is there before the first event");
        var text = new TcText { PurposeConsents = [5], VendorConsents = [7], CustomCount = 2, CustomConsents = [2], PublisherConsents = [6] };

        var reading = server.Services.GetRequiredService<ConsentStrings>().Read(
            Encoding.ASCII.GetBytes(text.ToString()), default, region: null, gpc: false, text.UpdatedMs);

        Assert.That((Purposes)reading.Signal.Granted, Is.EqualTo(Purposes.Profile | Purposes.Personalise | Purposes.Train));
        Assert.That((Purposes)reading.Signal.Stated, Is.EqualTo(Purposes.All & ~Purposes.Measure));
    }

    [TestCase("Consent:Strings:Purposes:Profile:Path=Vendor", TestName = "A vendor's path without a vendor")]
    [TestCase("Consent:Strings:Purposes:Train:Path=PublisherCustom", TestName = "A custom purpose without a number")]
    [TestCase("Consent:Strings:Purposes:All:Path=None", TestName = "All purposes are not one")]
    [TestCase("Consent:Strings:Purposes:Train:Numbers:0=25", TestName = "A purpose beyond the field")]
    [TestCase("Consent:Strings:MaxAgeDays=0", TestName = "No age at all")]
    [TestCase("Consent:Strings:VendorId=65536", TestName = "A vendor beyond the field")]
    [TestCase("Consent:Strings:PurposeOneCountries:0=Germany", TestName = "A country in words")]
    [TestCase("Consent:VendorList:Url=nowhere", TestName = "An address that is none")]
    [TestCase("Consent:VendorList:MaxBytes=1", TestName = "A list of one byte")]
    public void What_makes_no_sense_is_told_when_the_host_starts(string setting)
    {
        Assert.That(async () => await (await ShopServer.StartAsync(_folder, "--Personalization:" + setting)).DisposeAsync(), Throws.InstanceOf<OptionsValidationException>());
    }
}
