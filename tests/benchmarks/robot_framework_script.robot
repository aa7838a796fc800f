*** Settings ***
Documentation       What ``bare_script`` does, as a Robot Framework script with its Browser library.
...                 It is run in an environment of its own (``make rivals``), since that framework's
...                 package is called ``robot``, too.
Library             Browser    timeout=20s
Library             OperatingSystem
Library             String

*** Variables ***
${AMAZON}           https://www.amazon.com

*** Test Cases ***
Cancel At Both
    ${args}=    Browser Flags
    ${root}=    Evaluate    os.geteuid() == 0    modules=os
    New Browser    chromium    headless=True    executablePath=${BROWSER}    args=${args}
    ...    chromiumSandbox=${{not $root}}
    ${sessions}=    Set Variable    %{VENDORFIRST_HOME}/sessions
    ${kept}=    Evaluate    os.path.exists($sessions)    modules=os
    IF    ${kept}
        New Context    storageState=${sessions}/amazon_business.json
        New Page
    ELSE
        New Context
        New Page
        Sign In
    END
    Open Order
    ${link}=    Get Attribute    a[href*="/preship/cancel-items"] >> visible=true >> nth=0    href
    Go To    ${AMAZON}${link}    wait_until=domcontentloaded
    Check Checkbox    \#cancel-items-form [data-itemid] input[type=checkbox]    force=True
    Select Options By    select\#cancel-reasons-dropdown    value    OTHER_REASON
    Click    role=button[name="Request cancellation"i]
    Wait For Condition    Url    contains    /cancel-summary
    Open Order
    Get Text    text=/order has been cancell?ed/i >> nth=0
    IF    ${kept}
        New Context    storageState=${sessions}/realsource.json
    ELSE
        New Context
    END
    New Page    https://realsource.vcu.edu/    wait_until=domcontentloaded
    ${links}=    Get Element Count    a[href*='SAMLAuth']
    IF    ${links}    Click    a[href*='SAMLAuth'] >> nth=0
    IF    not ${kept}    Sign In At The University
    Search
    Click    role=button[name=/actions/i] >> nth=0
    Click    role=menuitem[name=/^cancel (po|purchase order)/i]
    Fill Text    [role=dialog] textarea >> visible=true    Ordered twice
    Click    [role=dialog] >> role=button[name=/^(ok|save|submit|confirm)/i]
    Wait For Elements State    h4:has-text("Success")    visible
    Search
    Get Text    text=/^cancell?ed$/i >> nth=0

*** Keywords ***
Open Order
    Go To    ${AMAZON}/your-orders/order-details?orderID=${NUMBER}    wait_until=domcontentloaded

Search
    Select Options By    select\#Phoenix_Notifications_QuickSearchType    label    Purchase Orders
    Fill Text    input\#Phoenix_Notifications_QuickSearchTerms    ${PO}
    Click    button\#Phoenix_Notifications_QuickSearchSubmit

Sign In
    Open Order
    Fill Text    \#ap_email_login, input\#ap_email[type=email]    %{AMAZON_BUSINESS_EMAIL}
    Click    \#continue input[type=submit], input\#continue[type=submit]
    Fill Text    input\#ap_password[type=password]    %{AMAZON_BUSINESS_PASSWORD}
    Click    input\#signInSubmit
    ${code}=    Code Of    AMAZON_BUSINESS_TOTP_SECRET
    Fill Text    \#auth-mfa-otpcode    ${code}
    Click    \#auth-signin-button
    Wait For Condition    Url    contains    /order-details

Sign In At The University
    Fill Text    \#username    %{REALSOURCE_USERNAME}
    Fill Text    \#password    %{REALSOURCE_PASSWORD}
    Click    \#submitBtn, \#fm1 button[type=submit]
    ${code}=    Code Of    REALSOURCE_OTP_SECRET
    Fill Text    .passcode-input    ${code}
    Click    .verify-button
    Click    \#dont-trust-browser-button

Code Of
    [Arguments]    ${seed}
    ${code}=    Evaluate    pyotp.TOTP(os.environ[$seed]).now()    modules=pyotp,os
    RETURN    ${code}

Browser Flags
    ${pairs}=    Split String    %{VENDORFIRST_RESOLVE}    ,
    ${rules}=    Evaluate    ",".join("MAP " + pair.replace("=", " ") for pair in $pairs)
    VAR    @{flags}
    ...    --host-resolver-rules=${rules}
    ...    --ignore-certificate-errors-spki-list=%{VENDORFIRST_RESOLVE_SPKI}
    ...    --disable-gpu
    RETURN    ${flags}
