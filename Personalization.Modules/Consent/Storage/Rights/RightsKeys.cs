using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Personalization.Consent.Domain.Rights;

namespace Personalization.Consent.Storage.Rights;

/// <summary>
/// The keys of people's rights, in files beside the databases that only the process may read: the one that signs, configured or made on
/// the first start, and the secret of the seals. Thread-safe.
/// </summary>
internal sealed class RightsKeys : IDisposable
{
    private const int SecretBytes = 32;
    private const int MadeForYears = 10;
    private readonly AsymmetricAlgorithm _key;
    private readonly Lock _gate = new();

    /// <param name="folder">Data directory.</param>
    /// <param name="options">Configured key and certificate, if any.</param>
    /// <param name="time">For the validity of a certificate that is made.</param>
    /// <exception cref="InvalidOperationException">The configured files do not fit together, or hold no such key.</exception>
    public RightsKeys(string folder, RightsOptions options, TimeProvider time)
    {
        Seal = new IdentitySeal(ReadOrMake(Path.Combine(folder, "rights.secret"), () => RandomNumberGenerator.GetBytes(SecretBytes)));
        IsSelfMade = string.IsNullOrEmpty(options.SigningKeyFile);
        if (IsSelfMade)
        {
            var pem = ReadOrMake(Path.Combine(folder, "rights-signing.pem"), () => System.Text.Encoding.ASCII.GetBytes(Make(options.ProcessorDomain, time)));
            CertificatePem = CertificateIn(System.Text.Encoding.ASCII.GetString(pem), "rights-signing.pem");
            _key = KeyIn(System.Text.Encoding.ASCII.GetString(pem), "rights-signing.pem");
        }
        else
        {
            var certificateFile = options.CertificateFile ?? throw new InvalidOperationException("Rights:SigningKeyFile needs Rights:CertificateFile with it.");
            CertificatePem = CertificateIn(File.ReadAllText(certificateFile), certificateFile);
            _key = KeyIn(File.ReadAllText(options.SigningKeyFile!), options.SigningKeyFile!);
        }

        using var certificate = X509Certificate2.CreateFromPem(CertificatePem);
        if (!certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(_key.ExportSubjectPublicKeyInfo()))
        {
            throw new InvalidOperationException("The certificate that is configured for people's rights is not of the key that signs.");
        }
    }

    public IdentitySeal Seal { get; }

    /// <summary>Nobody vouches for the certificate but this process.</summary>
    public bool IsSelfMade { get; }

    /// <summary>With its chain, as it is served.</summary>
    public string CertificatePem { get; }

    /// <summary>Over the SHA-256 of the bytes: RSA with PKCS #1 v1.5, or ECDSA as a DER sequence (FIPS 186-4).</summary>
    public byte[] Sign(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            return _key switch
            {
                RSA rsa => rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
                ECDsa ecdsa => ecdsa.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence),
                _ => throw new InvalidOperationException("The key cannot sign."),
            };
        }
    }

    public void Dispose() => _key.Dispose();

    private static byte[] ReadOrMake(string path, Func<byte[]> make)
    {
        if (!File.Exists(path))
        {
            // Whole or not at all: half a key after a crash would be a key that nobody can read.
            var fresh = path + ".new";
            File.Delete(fresh);
            var create = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                create.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (var file = new FileStream(fresh, create))
            {
                file.Write(make());
                file.Flush(flushToDisk: true);
            }

            File.Move(fresh, path);
        }

        return File.ReadAllBytes(path);
    }

    private static string Make(string domain, TimeProvider time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(domain);
        var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        using var certificate = request.CreateSelfSigned(time.GetUtcNow().AddDays(-1), time.GetUtcNow().AddYears(MadeForYears));
        return $"{key.ExportPkcs8PrivateKeyPem()}\n{certificate.ExportCertificatePem()}\n";
    }

    private static AsymmetricAlgorithm KeyIn(string pem, string file)
    {
        try
        {
            var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return rsa;
        }
        catch (Exception error) when (error is ArgumentException or CryptographicException)
        {
            // Not RSA, then.
        }

        try
        {
            var ecdsa = ECDsa.Create();
            ecdsa.ImportFromPem(pem);
            return ecdsa;
        }
        catch (Exception error) when (error is ArgumentException or CryptographicException)
        {
            throw new InvalidOperationException($"{file} holds no RSA or elliptic curve private key in PEM.", error);
        }
    }

    private static string CertificateIn(string pem, string file)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(pem);
        if (certificates.Count == 0)
        {
            throw new InvalidOperationException($"{file} holds no certificate in PEM.");
        }

        return certificates.ExportCertificatePems();
    }
}
