using System.Net;
using System.Security.Cryptography;
using NUnit.Framework;
using Personalization.Consent;
using Personalization.Consent.Domain.Rights;
using Personalization.Consent.Pipeline.Rights;
using Personalization.Consent.Storage.Rights;
using Personalization.Tests.Support;

namespace Personalization.Tests.Consent.Rights;

[Parallelizable]
public class RightsUnitTests
{
    private static readonly Guid RequestId = new("00000000-0000-4000-8000-000000000001");

    [TestCase("8.8.8.8", true)]
    [TestCase("2606:4700::1111", true)]
    [TestCase("127.0.0.1", false)]
    [TestCase("10.1.2.3", false)]
    [TestCase("172.31.0.1", false)]
    [TestCase("192.168.1.1", false)]
    [TestCase("169.254.169.254", false)]
    [TestCase("100.64.0.1", false)]
    [TestCase("0.0.0.0", false)]
    [TestCase("255.255.255.255", false)]
    [TestCase("::1", false)]
    [TestCase("::ffff:10.0.0.1", false)]
    [TestCase("fe80::1", false)]
    [TestCase("fd00::1", false)]
    [TestCase("64:ff9b::a00:1", false)]
    [TestCase("2002:a00:1::", false)]
    public void Only_the_public_internet_is_called(string address, bool isPublic) =>
        Assert.That(OutboundAddress.IsPublic(IPAddress.Parse(address)), Is.EqualTo(isPublic));

    [Test]
    public void A_receipt_that_was_changed_left_out_or_put_in_breaks_the_chain()
    {
        var at = DateTimeOffset.UnixEpoch;
        var chain = ReceiptChain.Seal(RequestId, [new("a", 2, 2, 0, "deleted", at), new("b", 1, 1, 0, "deleted", at), new("c", 0, 0, 0, "deleted", at)]);

        Assert.That(ReceiptChain.IsWhole(RequestId, chain), Is.True);
        Assert.That(ReceiptChain.IsWhole(RequestId, [chain[0] with { Removed = 3 }, chain[1], chain[2]]), Is.False);
        Assert.That(ReceiptChain.IsWhole(RequestId, [chain[0], chain[2]]), Is.False);
        Assert.That(ReceiptChain.IsWhole(RequestId, [chain[1], chain[0], chain[2]]), Is.False);
        Assert.That(ReceiptChain.IsWhole(Guid.Empty, chain), Is.False);
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(64 * 1024)]
    [TestCase((64 * 1024) + 1)]
    [TestCase(300_000)]
    public async Task An_export_is_read_back_as_it_was_written(int length)
    {
        var plain = new byte[length];
        new Random(length).NextBytes(plain);
        var (file, key) = Encrypt(plain);

        Assert.That(await DecryptAsync(file, key), Is.EqualTo(plain));
    }

    [Test]
    public void An_export_that_was_cut_short_changed_or_opened_with_another_key_is_refused()
    {
        var (file, key) = Encrypt(new byte[200_000]);
        var changed = file.ToArray();
        changed[70_000] ^= 1;

        // Exactly at the end of a piece: the file is a series of whole pieces, and still not whole.
        var cut = file[..(9 + 4 + (64 * 1024) + 16)];

        Assert.That(async () => await DecryptAsync(cut, key), Throws.InstanceOf<CryptographicException>());
        Assert.That(async () => await DecryptAsync(file[..^1], key), Throws.InstanceOf<CryptographicException>());
        Assert.That(async () => await DecryptAsync(changed, key), Throws.InstanceOf<CryptographicException>());
        Assert.That(async () => await DecryptAsync(file, new byte[32]), Throws.InstanceOf<CryptographicException>());
    }

    [Test]
    public void What_is_sealed_opens_with_the_same_secret_only()
    {
        var seal = new IdentitySeal(Enumerable.Repeat((byte)1, 32).ToArray());
        var box = seal.Seal([new SubjectIdentity("user_id", "zanzibar")]);

        Assert.That(seal.OpenIdentities(box), Is.EqualTo(new[] { new SubjectIdentity("user_id", "zanzibar") }));
        Assert.That(() => new IdentitySeal(new byte[32]).Open(box), Throws.InstanceOf<CryptographicException>());
        Assert.That(() => seal.Open(box[..10]), Throws.InstanceOf<CryptographicException>());
    }

    [TestCase("2026-01-31T10:00:00Z", "2026-02-28T10:00:00Z")]
    [TestCase("2028-01-31T10:00:00Z", "2028-02-29T10:00:00Z")]
    [TestCase("2026-03-15T10:00:00Z", "2026-04-15T10:00:00Z")]
    public void A_month_is_a_month_of_the_calendar(string received, string due) =>
        Assert.That(RightsCalendar.DueAt(RightsCalendar.Gdpr, DateTimeOffset.Parse(received)), Is.EqualTo(DateTimeOffset.Parse(due)));

    [Test]
    public void A_configured_rsa_key_signs_and_a_certificate_of_another_key_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var rsa = RSA.Create(2048);
        using var other = RSA.Create(2048);
        File.WriteAllText(folder.File("key.pem"), rsa.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(folder.File("own.pem"), CertificateOf(rsa));
        File.WriteAllText(folder.File("other.pem"), CertificateOf(other));

        using var keys = new RightsKeys(folder.Path, Options(folder, "own.pem"), TimeProvider.System);

        Assert.That(keys.IsSelfMade, Is.False);
        Assert.That(rsa.VerifyData("body"u8, keys.Sign("body"u8), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), Is.True);
        Assert.That(() => new RightsKeys(folder.Path, Options(folder, "other.pem"), TimeProvider.System), Throws.InvalidOperationException);
        Assert.That(() => new RightsKeys(folder.Path, Options(folder, "key.pem"), TimeProvider.System), Throws.InvalidOperationException);
    }

    [Test]
    public void The_keys_that_are_made_on_the_first_start_stay()
    {
        using var folder = new TemporaryFolder();
        using var first = new RightsKeys(folder.Path, new RightsOptions(), TimeProvider.System);
        using var second = new RightsKeys(folder.Path, new RightsOptions(), TimeProvider.System);

        Assert.That(second.CertificatePem, Is.EqualTo(first.CertificatePem));
        Assert.That(second.Seal.HashOf("x"u8), Is.EqualTo(first.Seal.HashOf("x"u8)));
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(File.GetUnixFileMode(folder.File("rights-signing.pem")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }

    [Test]
    public void Options_that_do_not_fit_together_are_named()
    {
        var options = new RightsOptions { SigningKeyFile = "key.pem", Recipients = [new() { Name = "a", Url = "ftp://a.example" }, new() { Name = "a", Url = "https://a.example" }] };

        var result = new RightsOptionsValidator().Validate(null, options);

        Assert.That(result.Failures!.Count(), Is.EqualTo(3));
    }

    private static RightsOptions Options(TemporaryFolder folder, string certificate) =>
        new() { SigningKeyFile = folder.File("key.pem"), CertificateFile = folder.File(certificate) };

    private static string CertificateOf(RSA key)
    {
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return certificate.ExportCertificatePem();
    }

    private static (byte[] File, byte[] Key) Encrypt(byte[] plain)
    {
        var key = Enumerable.Range(7, 32).Select(i => (byte)i).ToArray();
        using var target = new MemoryStream();
        using (var encrypted = ExportCipher.Encrypt(target, key))
        {
            encrypted.Write(plain);
        }

        return (target.ToArray(), key);
    }

    private static async Task<byte[]> DecryptAsync(byte[] file, byte[] key)
    {
        using var source = new MemoryStream(file);
        using var plain = new MemoryStream();
        await foreach (var piece in ExportCipher.DecryptAsync(source, key, CancellationToken.None))
        {
            plain.Write(piece.Span);
        }

        return plain.ToArray();
    }
}
